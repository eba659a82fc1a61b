import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Simulator, type SimulatedPhone } from '#simulator';
import { cloneDatabase, type TestDatabase } from './support/database.js';
import { eventually } from './support/eventually.js';
import { IdempotencyRows } from './support/idempotency-rows.js';
import { Program } from './support/program.js';

const ADD = { tag: 'iq', xmlns: 'w:g2', type: 'set', child: 'add' } as const;

let database: TestDatabase;
let rows: IdempotencyRows;
let simulator: Simulator;
let programs: Program[];
let apiKey: string;
let me: SimulatedPhone;
let ada: SimulatedPhone;
let group: string;

beforeEach(async () => {
  [database, simulator] = await Promise.all([cloneDatabase(), Simulator.start()]);
  rows = new IdempotencyRows(database.url);
  programs = [];
  me = simulator.createAccount({ phone: '6281800000001' });
  ada = simulator.createAccount({ phone: '6281800000002' });
  group = me.createGroup({ subject: 'Group' });
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

async function call(gateway: Program, method: string, path: string, body?: unknown, key?: string): Promise<Response> {
  return fetch(`${await gateway.url()}/api/v1/sessions${path}`, {
    method,
    headers: {
      authorization: `Bearer ${apiKey}`,
      'content-type': 'application/json',
      ...(key !== undefined && { 'idempotency-key': key }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}

async function link(gateway: Program): Promise<string> {
  await gateway.url();
  apiKey = await eventually(() => /wa_\S+/.exec(gateway.stdout)?.[0] ?? Promise.reject(new Error('no api-key')));
  const { id } = (await (await call(gateway, 'POST', '', { start: true })).json()) as { id: string };
  const { code } = (await (await call(gateway, 'GET', `/${id}/qr?wait=20`)).json()) as { code: string };
  await me.scanQr(code);
  await connected(gateway, id);
  await eventually(async () => expect((await call(gateway, 'GET', `/${id}/groups/${group}`)).status).toBe(200));
  return id;
}

/** Live calls work. */
async function connected(gateway: Program, id: string): Promise<void> {
  await eventually(async () => expect((await call(gateway, 'GET', `/${id}/groups/${group}/invite`)).status).toBe(200));
}

describe('a gateway that is killed in the middle of an action', () => {
  it.each([
    ['took place', 'actThenSilence', 204],
    ['did not take place', 'silence', 504],
  ] as const)('that %s: the next one finds it out by reading, once, and never repeats it', async (_, fault, status) => {
    const first = start();
    const id = await link(first);
    const add = (gateway: Program): Promise<Response> =>
      call(gateway, 'POST', `/${id}/groups/${group}/members`, { participants: [ada.jid] }, 'crash');
    simulator.faults[fault](ADD);
    const sent = simulator.log.next(ADD);
    const answered = add(first).then(
      () => true,
      () => false,
    );
    await sent;
    first.kill('SIGKILL');
    await first.exit();
    expect(await answered).toBe(false);

    const second = start();
    await connected(second, id);
    const early = await add(second);
    expect(early.status).toBe(409);
    expect(await early.json()).toMatchObject({ error: { details: { reason: 'idempotency_key_in_use' } } });
    expect(Number(early.headers.get('retry-after'))).toBeGreaterThan(1);

    await rows.passDeadlines();
    const many = await Promise.all(Array.from({ length: 20 }, () => add(second)));
    const told = new Set(many.map((answer) => answer.status));
    expect([...told].filter((one) => one !== 409)).toEqual([status]);
    const last = await add(second);
    expect([last.status, last.headers.get('idempotency-replayed')]).toEqual([status, 'true']);
    expect(simulator.log.count(ADD)).toBe(1);
  });
});
