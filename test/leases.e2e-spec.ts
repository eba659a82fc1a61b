import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Simulator, type SimulatedPhone } from '#simulator';
import { Database, SessionLeases } from '#store';
import type { SessionLease } from '#whatsapp';
import { cloneDatabase, type TestDatabase } from './support/database.js';
import { eventually } from './support/eventually.js';
import { Program } from './support/program.js';

/** Longer than any test: what happens sooner does not happen because a lease ran out. */
const LONG_MS = 60_000;

let database: TestDatabase;
let simulator: Simulator;
let leases: SessionLeases;
let connection: Database;
let programs: Program[];
let key: string;
let phone: SimulatedPhone;
let friend: SimulatedPhone;
let group: string;

beforeEach(async () => {
  [database, simulator] = await Promise.all([cloneDatabase(), Simulator.start()]);
  connection = await Database.connect({ url: database.url });
  leases = new SessionLeases(connection);
  programs = [];
  phone = simulator.createAccount({ phone: '6281800000001' });
  friend = simulator.createAccount({ phone: '6281800000002' });
  group = phone.createGroup({ subject: 'Before', participants: [friend.jid] });
});

afterEach(async () => {
  for (const program of programs) program.kill('SIGKILL');
  await Promise.all(programs.map((program) => program.exit()));
  await simulator.stop();
  await connection.close();
  await database.drop();
});

function start(ttlSeconds: number): Program {
  const gateway = Program.gateway(database.url, simulator, { LEASE_TTL_SECONDS: String(ttlSeconds) });
  programs.push(gateway);
  return gateway;
}

interface Answer {
  status: number;
  body: { id: string; status: string; code: string };
}

async function call(gateway: Program, method: string, path: string, body?: object): Promise<Answer> {
  const response = await fetch(`${await gateway.url()}/api/v1/sessions${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as Answer['body'] };
}

const isWorking = (gateway: Program, id: string): Promise<void> =>
  eventually(async () => expect((await call(gateway, 'GET', `/${id}`)).body).toMatchObject({ status: 'working' }));

const isConnected = (): boolean => phone.devices().some(({ connected }) => connected !== undefined);

/** A session of `phone`, linked and connected, on a gateway whose leases last so long. */
async function linked(ttlSeconds: number): Promise<{ gateway: Program; id: string }> {
  const gateway = start(ttlSeconds);
  await gateway.url();
  key = await eventually(() => /wa_\S+/.exec(gateway.stdout)?.[0] ?? Promise.reject(new Error('no api-key was shown')));
  const { id } = (await call(gateway, 'POST', '', { start: true })).body;
  await phone.scanQr((await call(gateway, 'GET', `/${id}/qr?wait=20`)).body.code);
  await isWorking(gateway, id);
  return { gateway, id };
}

/** A lease of the session for somebody else, as soon as the gateway's can be taken. */
const takeOver = (id: string): Promise<SessionLease> =>
  eventually(async () => {
    const [lease] = await leases.claim([id], { name: 'somebody else' }, LONG_MS);
    if (!lease) throw new Error('the gateway holds it');
    return lease;
  });

describe('a gateway that is killed', () => {
  it('leaves its sessions to the next one at once, however long its leases would last (pains 1, 2)', async () => {
    const { gateway, id } = await linked(60);
    gateway.kill('SIGKILL');
    await gateway.exit();
    const login = simulator.nextLogin(phone.number);
    const next = start(60);
    await login;
    await isWorking(next, id);
    expect(phone.devices()).toHaveLength(1);
  });

  it('asked to stop gives its sessions back: nobody has to wait for them', async () => {
    const { gateway, id } = await linked(60);
    gateway.kill('SIGTERM');
    expect(await gateway.exit()).toBe(0);
    expect(await leases.claim([id], { name: 'somebody else' }, LONG_MS)).toHaveLength(1);
  });
});

describe('a gateway that lives', () => {
  it('keeps its sessions: nobody else is given a lease while it renews them (pain 2)', async () => {
    const { gateway, id } = await linked(5);
    const rows = () => connection.rows<{ renewed: Date }>(RENEWED, [id]);
    const [first] = await rows();
    await eventually(async () => {
      expect(await leases.claim([id], { name: 'somebody else' }, LONG_MS)).toEqual([]);
      const [now] = await rows();
      expect((now?.renewed.getTime() ?? 0) - (first?.renewed.getTime() ?? 0)).toBeGreaterThan(3_000);
    });
    expect((await call(gateway, 'GET', `/${id}`)).body).toMatchObject({ status: 'working' });
    expect(simulator.logins(phone.number)).toBe(1);
  });

  it('refuses a second one on its database, whose sessions stay as they are (pain 2)', async () => {
    const { gateway, id } = await linked(5);
    const second = start(5);
    expect(await second.exit()).toBe(1);
    expect(second.stderr).toContain('another gateway uses this database');
    await isWorking(gateway, id);
    expect(simulator.logins(phone.number)).toBe(1);
  });
});

describe('a gateway that stood still for longer than its leases last', () => {
  it('writes nothing to WhatsApp once it goes on, and leaves the session to who has it (pains 2, 23)', async () => {
    const { gateway, id } = await linked(2);
    gateway.kill('SIGSTOP');
    const lease = await takeOver(id);
    const logins = simulator.logins(phone.number);
    // It has this to acknowledge when it wakes up.
    phone.changeSubject(group, 'While it stood still');
    simulator.log.clear();
    gateway.kill('SIGCONT');
    await eventually(() => expect(isConnected()).toBe(false));
    expect(simulator.log.all()).toEqual([]);
    expect(await call(gateway, 'POST', `/${id}/groups/${group}/members/${friend.jid}/promote`)).toMatchObject({
      status: 501,
    });
    expect(simulator.logins(phone.number)).toBe(logins);

    await leases.release([lease]);
    await eventually(() => expect(isConnected()).toBe(true));
    await isWorking(gateway, id);
    const promoted = await call(gateway, 'POST', `/${id}/groups/${group}/members/${friend.jid}/promote`);
    expect(promoted.status).toBe(204);
    expect(phone.devices()).toHaveLength(1);
  });
});

const RENEWED = {
  name: 'test.renewed',
  text: 'select expires_at as renewed from session_leases where session_id = $1',
};
