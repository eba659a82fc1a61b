import { randomBytes } from 'node:crypto';
import { chmod, copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Simulator } from '#simulator';
import { cloneDatabase, type TestDatabase } from './support/database.js';
import { eventually } from './support/eventually.js';
import { Program } from './support/program.js';

/** How fast a session comes back is not what these tests are about. */
const PATIENCE_MS = 30_000;
const ROTATE = 'commands/credentials-rotate-cli';
const newKey = (): string => randomBytes(32).toString('base64');

let simulator: Simulator;
let programs: Program[];

beforeEach(async () => {
  simulator = await Simulator.start();
  programs = [];
});

afterEach(async () => {
  for (const program of programs) program.kill('SIGKILL');
  await Promise.all(programs.map((program) => program.exit()));
  await simulator.stop();
});

function start(environment: Record<string, string>): Program {
  const { url: WHATSAPP_URL, rootKey: WHATSAPP_ROOT_KEY } = simulator;
  const program = Program.start('main', { PORT: '0', WHATSAPP_URL, WHATSAPP_ROOT_KEY, ...environment });
  programs.push(program);
  return program;
}

async function stop(gateway: Program): Promise<void> {
  gateway.kill('SIGTERM');
  expect(await gateway.exit()).toBe(0);
}

async function firstKey(gateway: Program): Promise<string> {
  await gateway.url();
  return eventually(() => /wa_\S+/.exec(gateway.stdout)?.[0] ?? Promise.reject(new Error('no api-key was shown')));
}

async function call(gateway: Program, token: string, method: string, path: string, body?: object) {
  const response = await fetch(`${await gateway.url()}/api/v1/sessions${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  return (await response.json()) as { id: string; code: string; status: string };
}

async function link(gateway: Program, token: string): Promise<string> {
  const { id } = await call(gateway, token, 'POST', '', { start: true });
  const { code } = await call(gateway, token, 'GET', `/${id}/qr?wait=20`);
  await simulator.createAccount({ phone: '6281400000001' }).scanQr(code);
  await statusIs(gateway, token, id, 'working');
  return id;
}

async function statusIs(gateway: Program, token: string, id: string, status: string): Promise<void> {
  await eventually(async () => {
    const session = await call(gateway, token, 'GET', `/${id}`);
    if (session.status !== status) throw new Error(`not ${status}: ${JSON.stringify(session)}`);
  }, PATIENCE_MS);
}

async function rotate(environment: Record<string, string>): Promise<Program & { code: number | null }> {
  const program = Program.start(ROTATE, environment);
  const code = await program.exit();
  return Object.assign(program, { code });
}

describe('credentials:rotate', () => {
  let database: TestDatabase;
  const [first, second] = [newKey(), newKey()];
  const withKeys = (CREDENTIALS_KEY: string, CREDENTIALS_KEY_PREVIOUS = ''): Record<string, string> => ({
    DATABASE_URL: database.url,
    CREDENTIALS_KEY,
    CREDENTIALS_KEY_PREVIOUS,
  });

  beforeEach(async () => {
    database = await cloneDatabase();
  });
  afterEach(() => database.drop());

  it('changes the key under a session that works, and the old one is needed no more', async () => {
    const before = start(withKeys(first));
    const token = await firstKey(before);
    const id = await link(before, token);
    await stop(before);

    const during = start(withKeys(second, first));
    await statusIs(during, token, id, 'working');
    const cli = await rotate(withKeys(second, first));
    expect(cli.stderr).toBe('');
    expect(cli.code).toBe(0);
    expect(cli.stdout).toMatch(
      /^credentials of sessions: [1-9]\d* re-encrypted, \d+ already .* 0 unreadable, 0 remain/,
    );
    expect(cli.stdout).toContain('The previous key is needed no more.');
    await statusIs(during, token, id, 'working');
    await stop(during);

    const after = start(withKeys(second));
    await statusIs(after, token, id, 'working');
    expect(after.stderr).not.toContain('a key that is not configured');
    expect(cli.stdout + cli.stderr + during.stderr).not.toContain(second);
  });

  it('fails, and names the session, when the old key is not there; so does the log of a gateway', async () => {
    const before = start(withKeys(first));
    const token = await firstKey(before);
    const id = await link(before, token);
    await call(before, token, 'POST', `/${id}:stop`);
    await stop(before);

    const cli = await rotate(withKeys(second));
    expect(cli.code).toBe(1);
    expect(cli.stdout).toMatch(new RegExp(`unreadable: [1-9]\\d* of session ${id}`));
    const gateway = start(withKeys(second));
    await gateway.url();
    await eventually(() => expect(gateway.stderr).toMatch(/a key that is not configured","rows":[1-9]/));
    expect((await rotate(withKeys(second, first))).code).toBe(0);
  });
});

describe('credentials:rotate on the embedded database', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'whats-gateway-'));
    // PostgreSQL may run as another user than the tests.
    await chmod(folder, 0o755);
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('changes the key of the data folder, as the guide has it', async () => {
    const DATA_DIR = join(folder, 'data');
    const [file, old] = [join(DATA_DIR, 'credentials.key'), join(DATA_DIR, 'credentials.key.old')];
    const before = start({ DATA_DIR });
    const token = await firstKey(before);
    const id = await link(before, token);
    await stop(before);

    await copyFile(file, old);
    await writeFile(file, newKey());
    const CREDENTIALS_KEY_PREVIOUS = (await readFile(old, 'utf8')).trim();
    const CREDENTIALS_KEY = (await readFile(file, 'utf8')).trim();
    const cli = await rotate({ DATA_DIR, CREDENTIALS_KEY, CREDENTIALS_KEY_PREVIOUS });
    expect(cli.code).toBe(0);
    await rm(old);

    const after = start({ DATA_DIR });
    await statusIs(after, token, id, 'working');
    await stop(after);
  });
});
