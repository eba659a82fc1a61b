import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { access, chmod, mkdtemp, rm } from 'node:fs/promises';
import { once } from 'node:events';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cloneDatabase, type TestDatabase } from './support/database.js';
import { eventually } from './support/eventually.js';
import { Program } from './support/program.js';

const KEY = /wa_[0-9A-Z]{26}_[\w-]{43}/;
const CREDENTIALS_KEY = Buffer.alloc(32, 3).toString('base64');

let database: TestDatabase;
let environment: Record<string, string>;
let started: Program[];

beforeEach(async () => {
  database = await cloneDatabase();
  environment = { PORT: '0', DATABASE_URL: database.url, CREDENTIALS_KEY, RATE_LIMIT_PER_MINUTE: '0' };
  started = [];
});

afterEach(async () => {
  for (const program of started) program.kill('SIGKILL');
  await Promise.all(started.map((program) => program.exit()));
  await database.drop();
});

function start(more: Record<string, string> = {}): Program {
  const program = Program.start('main', { ...environment, ...more });
  started.push(program);
  return program;
}

async function status(url: string, key: string): Promise<number> {
  const { status } = await fetch(`${url}/api/v1/api-keys`, { headers: { authorization: `Bearer ${key}` } });
  return status;
}

describe('the gateway', () => {
  it('prints its address and the first key, on the terminal and once', async () => {
    const first = start();
    const url = await first.url();
    const key = KEY.exec(first.stdout)?.[0] ?? '';
    expect(await status(url, key)).toBe(200);
    expect(first.stdout).toContain(`${url}/docs`);
    first.kill('SIGTERM');
    expect(await first.exit()).toBe(0);
    expect(first.stderr).toContain('"msg":"ready"');
    expect(first.stderr).not.toMatch(KEY);

    const second = start();
    expect(await status(await second.url(), key)).toBe(200);
    expect(second.stdout).not.toMatch(KEY);
  });

  it('makes no first key where login tokens are accepted', async () => {
    const AUTH = { AUTH_JWKS_URI: 'http://127.0.0.1:9/jwks', AUTH_ISSUER: 'x', AUTH_AUDIENCE: 'x' };
    const gateway = start(AUTH);
    await gateway.url();
    expect(gateway.stdout).not.toMatch(KEY);
  });

  it('says which variables are wrong, with none of their values', async () => {
    const gateway = start({ PORT: 'hunter2', CREDENTIALS_KEY: 'hunter2' });
    expect(await gateway.exit()).toBe(1);
    expect(gateway.stderr.trim().split('\n')).toEqual([
      'The gateway cannot start, its configuration is wrong:',
      expect.stringMatching(/^PORT: /),
      expect.stringMatching(/^CREDENTIALS_KEY: /),
    ]);
    expect(gateway.stderr).not.toContain('hunter2');
  });

  it('says that its port is taken', async () => {
    const { port } = new URL(await start().url());
    const other = await cloneDatabase();
    const gateway = start({ PORT: port, DATABASE_URL: other.url });
    expect(await gateway.exit()).toBe(1);
    expect(gateway.stderr).toContain('another program listens on this PORT already');
    await other.drop();
  });

  it('refuses a database that another gateway uses, and says which', async () => {
    await start().url();
    const gateway = start();
    expect(await gateway.exit()).toBe(1);
    expect(gateway.stderr).toMatch(/The gateway cannot start: .*\b\d+\b/);
  });

  it('says that the database cannot be reached', async () => {
    const gateway = start({ DATABASE_URL: 'postgres://user:hunter2@127.0.0.1:9/nothing' });
    expect(await gateway.exit()).toBe(1);
    expect(gateway.stderr).toContain('The gateway cannot start: ');
    expect(gateway.stderr).not.toContain('hunter2');
  });

  it('ends at once when it is told a second time, whatever still goes on', async () => {
    const gateway = start();
    const { hostname, port } = new URL(await gateway.url());
    const key = KEY.exec(gateway.stdout)?.[0] ?? '';
    const unfinished = connect(Number(port), hostname).on('error', () => undefined);
    unfinished.write(
      `POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\n` +
        'Content-Type: application/json\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n{',
    );
    await once(unfinished, 'data');
    await eventually(() => {
      gateway.kill('SIGTERM');
      expect(gateway.stderr).toContain('"msg":"stopping at once"');
    });
    expect(await gateway.exit()).toBe(1);
  });
});

describe('keys:create', () => {
  it('makes a key that a running gateway accepts at once', async () => {
    const url = await start().url();
    const cli = Program.start('keys-cli', environment, '--org', 'default', '--name', 'spare');
    expect(await cli.exit()).toBe(0);
    const key = cli.stdout.trim();
    expect(key).toMatch(new RegExp(`^${KEY.source}$`));
    expect(await status(url, key)).toBe(200);
  });

  it('says how it is used when no organization is named', async () => {
    const cli = Program.start('keys-cli', environment);
    expect(await cli.exit()).toBe(1);
    expect(cli.stderr.trim()).toBe('usage: npm run keys:create -- --org <organization> [--name <name>]');
  });
});

describe('without a database of its operator', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'whats-gateway-'));
    // PostgreSQL may run as another user than the tests.
    await chmod(folder, 0o755);
    environment = { PORT: '0', DATA_DIR: join(folder, 'data') };
  });

  afterEach(() => rm(folder, { recursive: true }));

  it('the gateway starts its own, keeps what is in it, and stops it', async () => {
    const first = start();
    await first.url();
    const key = KEY.exec(first.stdout)?.[0] ?? '';
    first.kill('SIGTERM');
    expect(await first.exit()).toBe(0);

    const cli = Program.start('keys-cli', environment, '--org', 'default');
    expect(await cli.exit()).toBe(0);

    const second = start();
    const url = await second.url();
    expect(await status(url, key)).toBe(200);
    expect(await status(url, cli.stdout.trim())).toBe(200);

    const whileRunning = Program.start('keys-cli', environment, '--org', 'default');
    expect(await whileRunning.exit()).toBe(0);
    expect(await status(url, whileRunning.stdout.trim())).toBe(200);
    second.kill('SIGTERM');
    expect(await second.exit()).toBe(0);
  });

  it('the gateway stops it too when Ctrl-C reaches it twice: from the terminal, and from its parent', async () => {
    const gateway = start();
    await gateway.url();
    gateway.kill('SIGINT');
    gateway.kill('SIGTERM');
    expect(await gateway.exit()).toBe(0);
    await expect(access(join(folder, 'data', 'postgres', 'data', 'postmaster.pid'))).rejects.toThrow('ENOENT');
  });

  it('the gateway takes over the one that a killed gateway left running', async () => {
    const first = start();
    await first.url();
    const key = KEY.exec(first.stdout)?.[0] ?? '';
    first.kill('SIGKILL');
    await first.exit();
    const second = start();
    expect(await status(await second.url(), key)).toBe(200);
    second.kill('SIGTERM');
    expect(await second.exit()).toBe(0);
  });
});
