import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { Simulator, type SimulatedPhone } from '#simulator';
import { proxyTo, type TcpProxy } from './store/tcp-proxy.js';
import { cloneDatabase, type TestDatabase } from './support/database.js';
import { eventually } from './support/eventually.js';
import { linkSession, statusIs } from './support/linked-session.js';
import { startGateway, type Answer, type TestGateway } from './support/start-gateway.js';

const ROUNDS = 12;

let simulator: Simulator;
let database: TestDatabase;
let proxy: TcpProxy;
let gateway: TestGateway;
let token: string;
let phone: SimulatedPhone;
let friend: SimulatedPhone;
let group: string;
let session: string;

beforeEach(async () => {
  [simulator, database] = await Promise.all([Simulator.start(), cloneDatabase()]);
  proxy = await proxyTo(database.url);
  gateway = await startGateway({ simulator, environment: { DATABASE_URL: proxy.url } });
  token = await gateway.jwt();
  phone = simulator.createAccount({ phone: '6281700000001' });
  friend = simulator.createAccount({ phone: '6281700000002' });
  group = phone.createGroup({ subject: 'Before', participants: [friend.jid] });
  session = await linkSession(gateway, token, phone, 1);
});

afterEach(async () => {
  await gateway.close();
  await simulator.stop();
  await proxy.close();
  await database.drop();
});

const path = (rest = ''): string => `/api/v1/sessions/${session}${rest}`;
const subject = async (): Promise<unknown> => {
  const { body } = await gateway.request('GET', path(`/groups/${group}`), { token });
  return (body as { subject?: string }).subject;
};

/** Cuts every connection to the database, from its own side. */
async function terminate(): Promise<void> {
  const admin = new pg.Client({ connectionString: database.url });
  await admin.connect();
  await admin.query(
    'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
  );
  await admin.end();
}

/**
 * What a client may be told meanwhile: that it is done, or that it should come back. A connection to WhatsApp does not
 * outlive credentials that cannot be read or written, so that the session may have to connect anew.
 */
function expectAnswer({ status, headers, body }: Answer): void {
  if (status === 501) return expect(body).toMatchObject({ error: { details: { reason: 'session_not_connected' } } });
  if (status !== 503) return expect([200, 204]).toContain(status);
  expect(body).toMatchObject({ error: { code: 'gateway_unavailable', details: {} } });
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
}

/** Every request is answered as if nothing had been. */
async function expectRecovery(): Promise<void> {
  await eventually(async () => {
    for (const { status } of await Promise.all(requests())) expect(status).toBeLessThan(300);
  });
  await statusIs(gateway, token, session, 'working');
  expect(phone.devices()).toHaveLength(1);
}

const requests = (): Promise<Answer>[] => [
  gateway.request('GET', path(), { token }),
  gateway.request('PATCH', path(), { token, body: { label: 'kept' } }),
  gateway.request('GET', path('/groups'), { token }),
  gateway.request('GET', path(`/groups/${group}/members`), { token }),
  gateway.request('POST', path(`/groups/${group}/members/${friend.jid}/promote`), { token }),
  gateway.request('POST', path(':start'), { token }),
];

describe('connections to the database that are cut', () => {
  it('answers each request with what the contract knows, and the session stays linked and connected', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const [, ...answers] = await Promise.all([terminate(), ...requests()]);
      answers.forEach(expectAnswer);
    }
    await expectRecovery();
  });
});

describe('a database that is away', () => {
  const back = async (): Promise<void> => {
    proxy = await proxyTo(database.url, Number(new URL(proxy.url).port));
  };

  it('is 503 with Retry-After to whoever asks meanwhile, and the gateway is not ready', async () => {
    await proxy.close();
    for (const asked of requests()) {
      const answer = await asked;
      expect(answer.status).toBe(503);
      expectAnswer(answer);
    }
    expect((await gateway.request('GET', '/readyz')).status).toBe(503);
    await back();
    await eventually(async () => expect((await gateway.request('GET', '/readyz')).status).toBe(200));
    await expectRecovery();
  });

  it('costs no pairing although the session loses its connection meanwhile (pain 1)', async () => {
    const logins = simulator.logins(phone.number);
    await proxy.close();
    simulator.faults.dropAll(phone.number);
    await eventually(() => {
      const failures = gateway.log.filter(({ msg }) => String(msg).startsWith('the credentials of the session'));
      expect(failures.length).toBeGreaterThan(1);
    });
    await back();
    await eventually(() => expect(simulator.logins(phone.number)).toBeGreaterThan(logins));
    await expectRecovery();
  });

  it('for longer than a lease lasts costs the connection, before somebody else could have it, and no pairing (pain 1)', async () => {
    const logins = simulator.logins(phone.number);
    await proxy.close();
    await eventually(() => expect(phone.devices().some(({ connected }) => connected !== undefined)).toBe(false));
    expect(gateway.log).toContainEqual(expect.objectContaining({ msg: 'leases are lost', how: 'ran_out' }));
    await back();
    await expectRecovery();
    expect(simulator.logins(phone.number)).toBe(logins + 1);
  });

  it('has what WhatsApp told meanwhile once it is back', async () => {
    await proxy.close();
    phone.changeSubject(group, 'After');
    await eventually(() => {
      expect(gateway.log.map(({ msg }) => msg)).toContain('what WhatsApp told of a group is not stored yet');
    });
    await back();
    await eventually(async () => expect(await subject()).toBe('After'));
  });
});
