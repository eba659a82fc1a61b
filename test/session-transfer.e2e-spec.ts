import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Simulator, type SimulatedPhone } from '#simulator';
import { linkSession, statusIs } from './support/linked-session.js';
import { Program } from './support/program.js';
import { startGateway, type TestGateway } from './support/start-gateway.js';

const PASSPHRASE = 'one that is long enough';

let simulator: Simulator;
let here: TestGateway;
let there: TestGateway;
let phone: SimulatedPhone;
let tokens: Map<TestGateway, string>;
let session: string;
let folder: string;
let file: string;
let passphraseFile: string;

beforeEach(async () => {
  simulator = await Simulator.start();
  [here, there, folder] = await Promise.all([
    startGateway({ simulator }),
    startGateway({ simulator, environment: { CREDENTIALS_KEY: randomBytes(32).toString('base64') } }),
    mkdtemp(join(tmpdir(), 'session-transfer-')),
  ]);
  tokens = new Map();
  for (const gateway of [here, there]) tokens.set(gateway, await gateway.apiKey(['read', 'send', 'manage']));
  phone = simulator.createAccount({ phone: '6281600000001' });
  phone.createGroup({ subject: 'Choir' });
  session = await linkSession(here, tokens.get(here) ?? '', phone, 1);
  file = join(folder, 'session.file');
  passphraseFile = join(folder, 'passphrase');
  await writeFile(passphraseFile, `${PASSPHRASE}\n`);
});

afterEach(async () => {
  await Promise.all([here.close(), there.close()]);
  await simulator.stop();
  await rm(folder, { recursive: true });
});

const call = (gateway: TestGateway, method: string, path: string, body?: object) =>
  gateway.request(method, `/api/v1/sessions${path}`, { token: tokens.get(gateway), body });
const isWorking = (gateway: TestGateway) => statusIs(gateway, tokens.get(gateway) ?? '', session, 'working');

async function run(gateway: TestGateway, name: string, ...words: string[]): Promise<Program & { code: number | null }> {
  const { databaseUrl: DATABASE_URL = '', credentialsKey } = gateway.config;
  const environment = { DATABASE_URL, CREDENTIALS_KEY: credentialsKey?.toString('base64') ?? '' };
  const program = Program.start(`commands/${name}-cli`, environment, ...words, '--passphrase-file', passphraseFile);
  return Object.assign(program, { code: await program.exit() });
}

const exportIt = (...more: string[]) => run(here, 'sessions-export', '--session', session, '--out', file, ...more);
const importIt = (...more: string[]) => run(there, 'sessions-import', '--in', file, ...more);

describe('sessions:export and sessions:import', () => {
  it('move a session to another gateway, which works without being paired again (pain 1)', async () => {
    const { body: before } = await call(here, 'PATCH', `/${session}`, { label: 'Desk', ratePerMin: 42 });
    const [device] = phone.devices();
    await call(here, 'POST', `/${session}:stop`);

    const exporting = await exportIt('--remove');
    expect(exporting.stderr).toBe('');
    expect(exporting.code).toBe(0);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await call(here, 'GET', `/${session}`)).status).toBe(404);

    const importing = await importIt();
    expect(importing.stderr).toBe('');
    expect(importing.code).toBe(0);
    expect(importing.stdout).toBe(`session ${session} of organization default is here, stopped: start it\n`);
    const { label, ratePerMin, waJid, waLid, phoneNumber } = before as Record<string, unknown>;
    expect((await call(there, 'GET', `/${session}`)).body).toMatchObject({
      ...{ label, ratePerMin, waJid, waLid, phoneNumber },
      status: 'stopped',
    });

    await call(there, 'POST', `/${session}:start`);
    await isWorking(there);
    expect(phone.devices()).toHaveLength(1);
    expect(phone.devices()[0] === device).toBe(true);
    const { body: group } = await call(there, 'POST', `/${session}/groups`, { name: 'Moved', participants: [] });
    expect(group).toMatchObject({ subject: 'Moved' });
    expect(exporting.stdout + importing.stdout).not.toContain(PASSPHRASE);
  });

  it('refuse what would have two gateways throw each other out (pain 2)', async () => {
    const running = await exportIt();
    expect(running.code).toBe(1);
    expect(running.stderr).toMatch(/^the session is meant to run: stop it first.*\n$/);
    await expect(stat(file)).rejects.toThrow('ENOENT');
    await isWorking(here);

    await call(here, 'POST', `/${session}:stop`);
    expect((await exportIt()).stdout).toContain('neither start nor delete it here');
    const twice = await run(here, 'sessions-import', '--in', file);
    expect(twice.code).toBe(1);
    expect(twice.stderr).toMatch(/^the account is linked here already: session \w+ of organization default\n$/);
    expect(phone.devices()).toHaveLength(1);
  });

  it('leave everything as it is where a file is in the way, damaged, or of another passphrase', async () => {
    await call(here, 'POST', `/${session}:stop`);
    await writeFile(file, 'in the way');
    const inTheWay = await exportIt('--remove');
    expect(inTheWay.code).toBe(1);
    expect(inTheWay.stderr).toBe(`${file} exists already; it is not overwritten\n`);
    expect(await readFile(file, 'utf8')).toBe('in the way');
    await rm(file);

    await writeFile(passphraseFile, 'too short\n');
    expect((await exportIt('--remove')).stderr).toMatch(/^the passphrase is too short: 12 characters at least\n$/);
    await writeFile(passphraseFile, PASSPHRASE);
    expect((await exportIt()).code).toBe(0);

    await writeFile(passphraseFile, 'one that is quite wrong');
    expect((await importIt()).stderr).toMatch(/^the passphrase is wrong/);
    await writeFile(passphraseFile, PASSPHRASE);
    await writeFile(join(folder, 'half'), (await readFile(file)).subarray(0, 5_000));
    const half = await run(there, 'sessions-import', '--in', join(folder, 'half'));
    expect(half.code).toBe(1);
    expect(half.stderr).toBe('the file is damaged or was cut off; copy it again\n');
    expect((await call(there, 'GET', '')).body).toMatchObject({ data: [] });
    await call(here, 'POST', `/${session}:start`);
    await isWorking(here);
  });

  it('say how they are used, and take no passphrase as an argument', async () => {
    const exporting = await run(here, 'sessions-export');
    expect(exporting.code).toBe(1);
    expect(exporting.stderr).toMatch(/^usage: npm run sessions:export -- --session <id> --out <file>/);
    const importing = await run(here, 'sessions-import');
    expect(importing.stderr).toMatch(/^usage: npm run sessions:import -- --in <file>/);
    expect((await exportIt('--passphrase', PASSPHRASE)).stderr).toMatch(/^Unknown option '--passphrase'/);
    const asking = Program.start('commands/sessions-export-cli', {}, '--session', session, '--out', file);
    expect(await asking.exit()).toBe(1);
    expect(asking.stderr).toContain('there is no terminal to ask for the passphrase: give --passphrase-file');
  });
});
