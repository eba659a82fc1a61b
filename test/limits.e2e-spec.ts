import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Simulator, SimulatedPhone } from '#simulator';
import { LimitedClient } from '../apps/gateway/src/sessions/limits/index.js';
import { eventually } from './support/eventually.js';
import { LinkedRig } from './support/linked-rig.js';
import { linkSession, statusIs } from './support/linked-session.js';
import type { Answer, TestGateway } from './support/start-gateway.js';

const GROUP_QUERY = { tag: 'iq', xmlns: 'w:g2' } as const;
const PROMOTE = { ...GROUP_QUERY, child: 'promote' } as const;
const FAST = { ratePerMin: 10_000, ratePerHour: 100_000 };

let rig: LinkedRig;
let simulator: Simulator;
let gateway: TestGateway;
let token: string;
let session: string;
let me: SimulatedPhone;
let ada: SimulatedPhone;
let mine: string;

beforeAll(async () => {
  rig = await LinkedRig.start(({ me, person }) => {
    ada = person('Ada');
    mine = me.createGroup({ subject: 'Mine', participants: [ada.jid] });
  });
  ({ simulator, gateway, token, session, me } = rig);
});

afterAll(() => rig.stop());

beforeEach(() => simulator.log.clear());
afterEach(() => rig.forget());

const call = (method: string, path: string, body?: unknown) =>
  gateway.request(method, `/api/v1/sessions/${session}${path}`, { token, body });
const promote = () => call('POST', `/groups/${mine}/members/${ada.jid}/promote`);
const invite = () => call('GET', `/groups/${mine}/invite`);
const setRates = (rates: object) => call('PATCH', '', rates);
const retryAfter = ({ headers }: Answer) => Number(headers.get('retry-after'));

function limited(reason: string): object {
  return { status: 429, body: { error: { code: 'rate_limited', details: { reason } } } };
}

describe('the rate of a session', () => {
  afterEach(() => setRates(FAST));

  it('answers 429 with Retry-After beyond it, and sends nothing; a new rate holds at once', async () => {
    await setRates({ ratePerMin: 2 });
    const answers = [await promote(), await promote(), await promote()];
    const sent = simulator.log.count(PROMOTE);
    expect(sent).toBeGreaterThanOrEqual(1);
    expect(sent).toBeLessThanOrEqual(2);
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused).toHaveLength(answers.length - sent);
    expect(refused[0]).toMatchObject(limited('session_rate_limited'));
    expect(refused.map(retryAfter).every((seconds) => seconds >= 1 && seconds <= 60)).toBe(true);
    await setRates(FAST);
    expect((await promote()).status).toBe(204);
  });

  it('is not for reads', async () => {
    await setRates({ ratePerMin: 1, ratePerHour: 1 });
    const answers = [await invite(), await invite(), await invite()];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  });
});

describe('a 429 of WhatsApp', () => {
  it('is passed on with its wait, and while that runs no action leaves, whatever it is (pain 7)', async () => {
    simulator.faults.iqError(PROMOTE, 429, 'rate-overlimit', { backoff: 40 });
    const first = await promote();
    expect(first).toMatchObject(limited('whatsapp_rate_limited'));
    expect(retryAfter(first)).toBe(40);
    const others = [
      await promote(),
      await call('PATCH', `/groups/${mine}`, { subject: 'Later' }),
      await call('POST', '/groups:join', { invite: 'AbCdEfGhIjKlMnOpQrStUv' }),
      await call('POST', `/groups/${mine}:leave`),
    ];
    for (const answer of others) {
      expect(answer).toMatchObject(limited('whatsapp_rate_limited'));
      expect(retryAfter(answer)).toBeGreaterThan(0);
      expect(retryAfter(answer)).toBeLessThanOrEqual(40);
    }
    expect(simulator.log.count(GROUP_QUERY)).toBe(1);
    expect((await invite()).status).toBe(200);
  });

  it('means a minute where WhatsApp does not say how long', async () => {
    simulator.faults.iqError(PROMOTE, 429, 'rate-overlimit');
    expect(retryAfter(await promote())).toBe(60);
    expect(await promote()).toMatchObject(limited('whatsapp_rate_limited'));
    expect(simulator.log.count(PROMOTE)).toBe(1);
  });

  it('is over when the wait is over', async () => {
    simulator.faults.iqError(PROMOTE, 429, 'rate-overlimit', { backoff: 1 });
    expect((await promote()).status).toBe(429);
    await eventually(async () => expect((await promote()).status).toBe(204));
    expect(simulator.log.count(PROMOTE)).toBe(2);
  });

  it('to a read holds back reads, and no actions', async () => {
    simulator.faults.iqError({ ...GROUP_QUERY, child: 'invite' }, 429, 'rate-overlimit', { backoff: 40 });
    expect(await invite()).toMatchObject(limited('whatsapp_rate_limited'));
    expect(await call('GET', '/invites/AbCdEfGhIjKlMnOpQrStUv')).toMatchObject(limited('whatsapp_rate_limited'));
    expect(simulator.log.count(GROUP_QUERY)).toBe(1);
    expect((await promote()).status).toBe(204);
  });

  it('of one session is no matter of another', async () => {
    const bea = rig.person('Bea');
    const hers = bea.createGroup({ subject: 'Hers', participants: [ada.jid] });
    const other = await linkSession(gateway, token, bea, 1);
    simulator.faults.iqError(PROMOTE, 429, 'rate-overlimit');
    expect((await promote()).status).toBe(429);
    const path = `/api/v1/sessions/${other}/groups/${hers}/members/${ada.jid}/promote`;
    expect((await gateway.request('POST', path, { token })).status).toBe(204);
  });
});

describe('a restriction of the account (463)', () => {
  it('is told with its end, and until then nothing but reads leaves, over a new connection, too (pain 14)', async () => {
    const until = Math.ceil(Date.now() / 1_000) * 1_000 + 3_600_000;
    simulator.faults.iqError(PROMOTE, 463, 'restricted', { expiration: until / 1_000 });
    const restricted = { code: 'forbidden', details: { reason: 'account_restricted', until } };
    expect(await promote()).toMatchObject({ status: 403, body: { error: restricted } });
    const login = simulator.nextLogin(me.number);
    simulator.faults.dropAll(me.number);
    await login;
    await statusIs(gateway, token, session, 'working');
    const again = await call('POST', '/groups:join', { invite: 'AbCdEfGhIjKlMnOpQrStUv' });
    expect(again).toMatchObject({ status: 403, body: { error: restricted } });
    expect(await promote()).toMatchObject({ status: 403, body: { error: restricted } });
    expect((await invite()).status).toBe(200);
    expect(simulator.log.count({ ...GROUP_QUERY, type: 'set' })).toBe(1);
  });

  it('is asked of WhatsApp each time where its end is not known', async () => {
    simulator.faults.iqError(PROMOTE, 463, 'restricted');
    const answer = await promote();
    expect(answer).toMatchObject({ status: 403, body: { error: { details: { reason: 'account_restricted' } } } });
    expect(answer).not.toHaveProperty('body.error.details.until');
    expect((await promote()).status).toBe(204);
  });

  it('ends when the session is linked anew', async () => {
    const until = Math.ceil(Date.now() / 1_000) + 3_600;
    simulator.faults.iqError(PROMOTE, 463, 'restricted', { expiration: until });
    expect((await promote()).status).toBe(403);
    await call('POST', ':logout');
    await call('POST', ':start');
    const { body } = await call('GET', '/qr?wait=20');
    await me.scanQr((body as { code: string }).code);
    await statusIs(gateway, token, session, 'working');
    expect((await promote()).status).toBe(204);
  });
});

describe('the same question at the same time', () => {
  const INVITE = { ...GROUP_QUERY, child: 'invite' };

  /** All answers to `count` of them that came while WhatsApp kept the first waiting. */
  async function together(count: number, ask: () => Promise<Answer>, method: 'inviteCode' | 'inviteInfo') {
    const asked = jest.spyOn(LimitedClient.prototype, method);
    const held = simulator.faults.hold(INVITE, { times: Infinity });
    const answers = Array.from({ length: count }, ask);
    await eventually(() => expect(asked).toHaveBeenCalledTimes(count));
    held.release();
    asked.mockRestore();
    return Promise.all(answers);
  }

  it('is one stanza with one answer to all (pain 7)', async () => {
    const answers = await together(10, invite, 'inviteCode');
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(answers.map(({ raw }) => raw.toString())).size).toBe(1);
    expect(simulator.log.count(INVITE)).toBe(1);
  });

  it('is one refusal to all', async () => {
    const preview = () => call('GET', '/invites/AbCdEfGhIjKlMnOpQrStUv');
    const answers = await together(3, preview, 'inviteInfo');
    expect(answers.map(({ status }) => status)).toEqual([400, 400, 400]);
    expect(simulator.log.count(INVITE)).toBe(1);
  });
});
