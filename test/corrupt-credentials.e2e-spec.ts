import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { Simulator, type SimulatedPhone } from '#simulator';
import { groupsStored, linkSession, statusIs } from './support/linked-session.js';
import { startGateway, type Answer, type TestGateway } from './support/start-gateway.js';

let simulator: Simulator;
let gateway: TestGateway;
let token: string;
let database: pg.Client;
let phones = 6281800000000;
/** One whose credentials are corrupted, and one beside it. */
let phone: SimulatedPhone;
let id: string;
let other: string;

beforeAll(async () => {
  simulator = await Simulator.start();
  gateway = await startGateway({ simulator });
  token = await gateway.apiKey(['read', 'send', 'manage']);
  database = new pg.Client({ connectionString: gateway.database.url });
  await database.connect();
});

afterAll(async () => {
  await database.end();
  await gateway.close();
  await simulator.stop();
});

beforeEach(async () => {
  phone = newPhone();
  const link = (one: SimulatedPhone): Promise<string> => linkSession(gateway, token, one);
  [id, other] = await Promise.all([link(phone), link(newPhone())]);
});

const newPhone = (): SimulatedPhone => simulator.createAccount({ phone: String(++phones) });
const call = (method: string, path: string, body?: unknown): Promise<Answer> =>
  gateway.request(method, `/api/v1/sessions/${path}`, { token, body });

/** Flips a byte in each of the session's credentials of a kind, or in all. */
async function corrupt(kind = '%'): Promise<void> {
  const flipped = 'set_byte(value, length(value) - 1, get_byte(value, length(value) - 1) # 1)';
  const sql = `update session_credentials set value = ${flipped} where session_id = $1 and kind like $2`;
  const { rowCount } = await database.query(sql, [id, kind]);
  expect(rowCount).toBeGreaterThan(0);
}

async function stored(sessionId: string): Promise<unknown[]> {
  const sql = 'select * from session_credentials where session_id = $1 order by kind, id';
  return (await database.query<object>(sql, [sessionId])).rows;
}

/** The session says what is wrong, keeps what is stored and its device, and the one beside it works. */
async function expectBadSession(): Promise<void> {
  await statusIs(gateway, token, id, 'failed', 'bad_session');
  expect((await call('GET', id)).body).toMatchObject({ waJid: phone.jid });
  expect(phone.devices()).toHaveLength(1);
  expect((await call('POST', `${other}/groups`, { name: 'Choir', participants: [] })).status).toBe(201);
  await statusIs(gateway, token, other, 'working');
}

describe('credentials that cannot be decrypted any more (pain 1)', () => {
  it('stop their session when it starts, with a reason, and are left as they are, and so is every other', async () => {
    await call('POST', `${id}:stop`);
    await corrupt();
    const before = await stored(id);
    await call('POST', `${id}:start`);
    await expectBadSession();
    expect(await stored(id)).toEqual(before);
  });

  it('stop it when it connects anew, too', async () => {
    await corrupt('creds');
    const before = (await stored(id)).length;
    simulator.faults.dropAll(phone.number);
    await expectBadSession();
    expect(await stored(id)).toHaveLength(before);
  });

  it('stop it while it runs, as soon as one is needed that cannot be read', async () => {
    const friend = newPhone();
    friend.account.privacy = 'none';
    const group = phone.createGroup({ subject: 'Choir' });
    await groupsStored(gateway, token, id, 1);
    const add = (): Promise<Answer> =>
      call('POST', `${id}/groups/${group}/participants`, {
        action: 'add',
        participants: [friend.number],
        inviteFallback: true,
      });
    expect(await add()).toMatchObject({ body: { participants: [{ inviteSent: true }] } });
    await corrupt('session');
    expect((await add()).status).toBe(200);
    await expectBadSession();
  });

  it('are good again once they are restored: nobody has to link anything', async () => {
    await corrupt('creds');
    simulator.faults.dropAll(phone.number);
    await expectBadSession();
    await corrupt('creds');
    await call('POST', `${id}:start`);
    await statusIs(gateway, token, id, 'working');
  });

  it('do not keep their session from being deleted, nor from being logged out and linked again (pain 21)', async () => {
    await corrupt();
    simulator.faults.dropAll(phone.number);
    await expectBadSession();
    expect(await call('POST', `${id}:logout`)).toMatchObject({ status: 200, body: { status: 'logged_out' } });
    expect(await stored(id)).toEqual([]);
    await call('POST', `${id}:start`);
    const { body } = await call('GET', `${id}/qr?wait=20`);
    await phone.scanQr((body as { code: string }).code);
    await statusIs(gateway, token, id, 'working');
    await corrupt();
    expect((await call('DELETE', id)).status).toBe(204);
    expect(await stored(id)).toEqual([]);
  });
});
