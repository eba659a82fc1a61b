import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { SimulatedPhone, Simulator } from '#simulator';
import { CompatLab, ACTIONS, failure, instance, query } from './support/compat-lab.js';
import { eventually } from './support/eventually.js';
import { statusIs } from './support/linked-session.js';
import { startGateway, type Answer, type TestGateway } from './support/start-gateway.js';

let lab: CompatLab;
let simulator: Simulator;
let gateway: TestGateway;
let token: string;
let session: string;
let me: SimulatedPhone;
let owner: SimulatedPhone;
let ada: SimulatedPhone;
let bea: SimulatedPhone;
let shy: SimulatedPhone;

beforeAll(async () => {
  lab = await CompatLab.start();
  ({ simulator, gateway, token, session, me, owner, ada, bea, shy } = lab);
});

afterAll(() => lab.stop());

beforeEach(() => lab.simulator.log.clear());
afterEach(() => lab.forget());

describe('an action of which no answer came', () => {
  /** The connection closes once WhatsApp has done it; the same request again finds out. */
  async function twice(child: string, method: string, path: string, body?: unknown): Promise<Answer> {
    const headers = { token, 'idempotency-key': `lost-${child}` };
    const send = () => gateway.request(method, `/api/group/${path}`, { body, headers });
    simulator.faults.actThenClose({ ...ACTIONS, child });
    expect(await send()).toMatchObject(
      failure(504, expect.any(String), 'upstream_timeout', expect.objectContaining({ outcome: 'unknown' })),
    );
    await statusIs(gateway, token, session, 'working');
    return eventually(async () => {
      const answer = await send();
      expect(answer.headers.get('idempotency-replayed')).toBe('true');
      expect(answer.status).not.toBe(504);
      return answer;
    });
  }

  it('is told when it is asked for again: participants, those who are malformed included', async () => {
    const groupJid = await lab.groupOfMine(bea);
    const identifier = me.inviteCode(groupJid);
    const participants = [Number(ada.number), 'nonsense', shy.jid];
    const answer = await twice('add', 'POST', `participants/${session}`, { action: 'add', identifier, participants });
    expect(answer).toMatchObject({
      status: 200,
      body: {
        success: true,
        message: 'add: done for 1 of 3 participants',
        groupJid,
        participants: [
          { jid: ada.jid, success: true },
          { jid: 'nonsense', success: false },
          { jid: shy.jid, success: false, error: 'no answer came: whether this was done is not known' },
        ],
      },
    });
    expect(simulator.log.count({ ...ACTIONS, child: 'add' })).toBe(1);
  });

  it('is told when it is asked for again: leaving', async () => {
    const groupJid = await lab.groupOfTheirs('member');
    const answer = await twice('leave', 'DELETE', `leave/${instance()}?${query(groupJid)}`);
    expect(answer).toMatchObject({ status: 200, body: { success: true, message: 'Left the group', groupJid } });
    expect(simulator.log.count({ ...ACTIONS, child: 'leave' })).toBe(1);
  });

  it('is told when it is asked for again: joining', async () => {
    const groupJid = owner.createGroup({ subject: 'Open', participants: [ada.jid] });
    const answer = await twice('invite', 'POST', `join/${session}`, { identifier: owner.inviteCode(groupJid) });
    expect(answer).toMatchObject({ status: 200, body: { success: true, groupJid, requiresApproval: false } });
    expect(simulator.log.count({ ...ACTIONS, child: 'invite' })).toBe(1);
  });

  it('is told when it is asked for again: an update', async () => {
    const identifier = await lab.groupOfMine();
    const body = { identifier, groupSettings: { membersCanSendMessages: false } };
    const answer = await twice('announcement', 'PUT', `update/${session}`, body);
    expect(answer).toMatchObject({
      status: 200,
      body: {
        success: true,
        group: { jid: identifier, name: 'Mine', groupSettings: { membersCanSendMessages: false } },
      },
    });
    expect(simulator.log.count({ ...ACTIONS, child: 'announcement' })).toBe(1);
  });
});

describe('an instance that is not connected', () => {
  it('answers 400, after the instance was found and before the group is', async () => {
    const { body } = await gateway.request('POST', '/api/v1/sessions', { token, body: { label: 'idle' } });
    const { id } = body as { id: string };
    const identifier = '120363000000000000@g.us';
    const answer = failure(400, 'Instance is not connected to WhatsApp', 'validation_error', {
      reason: 'session_not_connected',
      sessionStatus: 'stopped',
    });
    for (const name of [id, 'idle']) {
      expect(await lab.manage({ action: 'add', identifier, participants: ['x'] }, name)).toMatchObject(answer);
      expect(await lab.manage({ action: 'promote', identifier, participants: [ada.jid] }, name)).toMatchObject(answer);
      expect(await lab.call('GET', `requests/${name}?${query(identifier)}`)).toMatchObject(answer);
      expect(await lab.call('POST', `resetLink/${name}`, { identifier })).toMatchObject(answer);
      expect(await lab.call('POST', `join/${name}`, { identifier: 'AbCdEfGhIjKlMnOpQrStUv' })).toMatchObject(answer);
      expect(await lab.call('DELETE', `leave/${name}?${query(identifier)}`)).toMatchObject(answer);
      expect(await lab.call('GET', `info/${name}?${query(identifier)}`)).toMatchObject(answer);
      expect(await lab.call('GET', `list/${name}`)).toMatchObject(answer);
      expect(await lab.call('POST', `create/${name}`, { name: 'x', participants: [ada.jid] })).toMatchObject(answer);
      expect(await lab.call('PUT', `update/${name}`, { identifier, name: 'x' })).toMatchObject(answer);
    }
    expect(await lab.manage({ action: 'add', participants: ['x'] }, 'idle')).toMatchObject(
      failure(400, 'Identifier is required', 'validation_error'),
    );
  });

  it('answers again once it is', async () => {
    await gateway.request('POST', `/api/v1/sessions/${session}:stop`, { token });
    expect(await lab.call('GET', `list/${instance()}`)).toMatchObject({ status: 400 });
    await gateway.request('POST', `/api/v1/sessions/${session}:start`, { token });
    await statusIs(gateway, token, session, 'working');
    expect(await lab.call('GET', `list/${instance()}`)).toMatchObject({ status: 200 });
  });
});

describe('the rate limit', () => {
  it('is 100 a minute for each token, told in every answer', async () => {
    const own = await startGateway({ environment: { RATE_LIMIT_PER_MINUTE: '' } });
    try {
      const key = await own.apiKey(['read']);
      const ask = (headers: Record<string, string>) => own.request('GET', '/api/group/list/nobody', { headers });
      const limits = ({ headers }: Answer) =>
        ['limit', 'remaining', 'reset'].map((name) => headers.get(`x-ratelimit-${name}`));
      const now = Math.floor(Date.now() / 1_000);
      const [limit, remaining, reset] = limits(await ask({ token: key }));
      expect([limit, remaining]).toEqual(['100', '99']);
      expect(Number(reset)).toBeGreaterThanOrEqual(now);
      expect(Number(reset)).toBeLessThanOrEqual(now + 120);
      const forbidden = await own.request('POST', '/api/group/join/nobody', { body: {}, headers: { token: key } });
      expect([forbidden.status, ...limits(forbidden).slice(0, 2)]).toEqual([403, '100', '98']);
      // The same key by another header is the same key.
      for (let left = 97; left >= 0; left--) {
        const answer = await ask({ authorization: `Bearer ${key}` });
        expect([answer.status, answer.headers.get('x-ratelimit-remaining')]).toEqual([404, String(left)]);
      }
      const refused = await ask({ token: key });
      expect(refused).toMatchObject(
        failure(429, 'Rate limit exceeded. Try again later.', 'rate_limited', { reason: 'credential_rate_limited' }),
      );
      expect(limits(refused).slice(0, 2)).toEqual(['100', '0']);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      expect((await ask({ token: await own.apiKey(['read']) })).status).toBe(404);
      expect((await own.request('GET', '/api/v1/sessions', { token: key })).status).toBe(200);
    } finally {
      await own.close();
    }
  });

  it("answers the same to WhatsApp's own", async () => {
    const identifier = await lab.groupOfMine(ada);
    simulator.faults.iqError({ tag: 'iq', xmlns: 'w:g2', type: 'set' }, 429, 'rate-overlimit', { backoff: 2 });
    const answer = await lab.manage({ action: 'remove', identifier, participants: [ada.jid] });
    expect(answer).toMatchObject(
      failure(429, 'Rate limit exceeded. Try again later.', 'rate_limited', { reason: 'whatsapp_rate_limited' }),
    );
  });
});
