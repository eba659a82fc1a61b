import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Simulator, type SimulatedPhone } from '#simulator';
import { cloneDatabase, type TestDatabase } from './support/database.js';
import { eventually } from './support/eventually.js';
import { Program } from './support/program.js';

const SESSIONS = 5;

let database: TestDatabase;
let simulator: Simulator;
let programs: Program[];
let key: string;

beforeEach(async () => {
  [database, simulator] = await Promise.all([cloneDatabase(), Simulator.start()]);
  programs = [];
});

afterEach(async () => {
  for (const program of programs) program.kill('SIGKILL');
  await Promise.all(programs.map((program) => program.exit()));
  await simulator.stop();
  await database.drop();
});

function start(): Program {
  const gateway = Program.gateway(database.url, simulator);
  programs.push(gateway);
  return gateway;
}

/** The api-key that it showed when it started on the empty database. */
async function firstKey(gateway: Program): Promise<string> {
  await gateway.url();
  return eventually(() => /wa_\S+/.exec(gateway.stdout)?.[0] ?? Promise.reject(new Error('no api-key was shown')));
}

async function end(gateway: Program, signal: NodeJS.Signals): Promise<number | null> {
  gateway.kill(signal);
  return gateway.exit();
}

interface View {
  id: string;
  status: string;
  statusReason?: string;
  code: string;
  data: View[];
}

async function call(gateway: Program, method: string, path: string, body?: unknown): Promise<View> {
  const response = await fetch(`${await gateway.url()}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return response.status === 204 ? ({} as View) : ((await response.json()) as View);
}

async function statusIs(gateway: Program, id: string, status: string): Promise<void> {
  await eventually(async () => expect(await call(gateway, 'GET', `/sessions/${id}`)).toMatchObject({ status }));
}

async function link(gateway: Program, phone: SimulatedPhone): Promise<string> {
  const { id } = await call(gateway, 'POST', '/sessions', { start: true });
  const { code } = await call(gateway, 'GET', `/sessions/${id}/qr?wait=20`);
  await phone.scanQr(code);
  await statusIs(gateway, id, 'working');
  return id;
}

const groupsOf = (gateway: Program, id: string) => call(gateway, 'GET', `/sessions/${id}/groups`);

describe.each(['SIGKILL', 'SIGTERM'] as const)('a gateway that ends by %s and starts again (pain 1)', (signal) => {
  it('has every linked session back, none of them asked to pair again, and every group still stored', async () => {
    const first = start();
    key = await firstKey(first);
    const phones = Array.from({ length: SESSIONS }, (_, n) => simulator.createAccount({ phone: `628140000000${n}` }));
    phones.forEach((phone) => phone.createGroup({ subject: `Group of ${phone.number}` }));
    const ids = await Promise.all(phones.map((phone) => link(first, phone)));
    await eventually(async () => {
      for (const id of ids) expect((await groupsOf(first, id)).data).toHaveLength(1);
    });
    const stopped = ids[0] ?? '';
    await call(first, 'POST', `/sessions/${stopped}:stop`);
    const before = await Promise.all(ids.map((id) => groupsOf(first, id)));

    expect(await end(first, signal)).toBe(signal === 'SIGTERM' ? 0 : null);

    const second = start();
    expect(await Promise.all(ids.map((id) => groupsOf(second, id)))).toEqual(before);
    await Promise.all(ids.slice(1).map((id) => statusIs(second, id, 'working')));
    expect(await call(second, 'GET', `/sessions/${stopped}`)).toMatchObject({ status: 'stopped' });
    expect(phones.map((phone) => phone.devices().length)).toEqual(phones.map(() => 1));
    const name = { subject: 'After the restart' };
    const [group] = (await groupsOf(second, ids[1] ?? '')).data as unknown as { groupJid: string }[];
    await call(second, 'PATCH', `/sessions/${ids[1]}/groups/${group?.groupJid}`, name);
  });
});

describe('a gateway process', () => {
  it('shows a new code for a session that was about to be linked when the last one was killed', async () => {
    const first = start();
    key = await firstKey(first);
    const { id } = await call(first, 'POST', '/sessions', { start: true });
    await call(first, 'GET', `/sessions/${id}/qr?wait=20`);
    await end(first, 'SIGKILL');
    const second = start();
    const phone = simulator.createAccount({ phone: '6281500000001' });
    await phone.scanQr((await call(second, 'GET', `/sessions/${id}/qr?wait=20`)).code);
    await statusIs(second, id, 'working');
  });
});
