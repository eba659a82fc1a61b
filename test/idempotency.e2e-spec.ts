import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { SimulatedPhone, Simulator } from '#simulator';
import { eventually } from './support/eventually.js';
import { forgetLimits } from './support/forget-limits.js';
import { GROUP_QUERY, IdempotencyLab, REPLAYED } from './support/idempotency-lab.js';
import { statusIs } from './support/linked-session.js';
import type { Answer, TestGateway } from './support/start-gateway.js';

let lab: IdempotencyLab;
let simulator: Simulator;
let gateway: TestGateway;
let token: string;
let session: string;
let me: SimulatedPhone;
let ada: SimulatedPhone;
let bea: SimulatedPhone;
let mine: string;
/** Made by `ada`, with `me` an ordinary member. */
let theirs: string;

beforeAll(async () => {
  lab = await IdempotencyLab.start();
  ({ simulator, gateway, token, session, me, ada, bea, mine } = lab);
  theirs = ada.createGroup({ subject: 'Theirs', participants: [lab.me.jid] });
  await eventually(async () => expect((await lab.call('GET', `${lab.root()}/groups/${theirs}`)).status).toBe(200));
});

afterAll(() => lab.stop());

beforeEach(() => lab.simulator.log.clear());
afterEach(() => lab.restore());

describe('an action that is sent twice with one key', () => {
  it('acts once, and the second answer is the first one', async () => {
    simulator.faults.participantError(bea.number, 403);
    const add = { key: 'one', body: { participants: [bea.jid, ada.jid] } };
    const first = await lab.call('POST', lab.members(), add);
    const second = await lab.call('POST', lab.members(), add);
    expect([first.status, second.status]).toEqual([204, 204]);
    expect([first, second].map(({ headers }) => headers.get('x-participants-failed'))).toEqual(['1', '1']);
    expect([first, second].map(({ headers }) => headers.get(REPLAYED))).toEqual([null, 'true']);
    expect(lab.actions()).toBe(1);
  });

  it('answers the same body, byte by byte', async () => {
    const make = { key: 'make', body: { name: 'Made once', participants: [ada.jid] } };
    const first = await lab.call('POST', `${lab.root()}/groups`, make);
    const second = await lab.call('POST', `${lab.root()}/groups`, make);
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.raw).toEqual(first.raw);
    expect(second.headers.get('content-type')).toBe(first.headers.get('content-type'));
    expect(lab.actions()).toBe(1);
  });

  it('is the same action however path and body are written', async () => {
    await lab.call('PATCH', `${lab.root()}/groups/${mine}`, { key: 'same', body: { subject: 'Named', locked: false } });
    const again = { key: 'same', body: { locked: false, subject: 'Named' } };
    for (const path of [mine.replace('@', '%40'), `${mine}/`]) {
      const { status, headers } = await lab.call('PATCH', `${lab.root()}/groups/${path}`, again);
      expect([status, headers.get(REPLAYED)]).toEqual([204, 'true']);
    }
    expect(lab.actions()).toBe(2);
  });

  it('acts again with another key, without one, and on another path', async () => {
    await lab.addBea('a');
    await lab.addBea('b');
    await lab.addBea();
    expect((await lab.call('POST', `${lab.members()}/${bea.jid}/promote`, { key: 'a' })).headers.has(REPLAYED)).toBe(
      false,
    );
    expect(lab.actions()).toBe(4);
  });

  it('is answered to whoever of the organization asks again, and to no other organization', async () => {
    await lab.addBea('shared');
    const colleague = await gateway.jwt();
    const body = { participants: [bea.jid] };
    expect((await lab.call('POST', lab.members(), { key: 'shared', body, as: colleague })).headers.get(REPLAYED)).toBe(
      'true',
    );
    const stranger = await gateway.apiKey(['send'], { organizationId: 'another' });
    expect((await lab.call('POST', lab.members(), { key: 'shared', body, as: stranger })).status).toBe(404);
    const elsewhere = await gateway.apiKey(['send'], { sessionIds: ['01JD4Z0S3M8Q1V7C5T9B2N6XKR'] });
    expect((await lab.call('POST', lab.members(), { key: 'shared', body, as: elsewhere })).status).toBe(404);
    expect(
      (await lab.call('POST', lab.members(), { key: 'shared', body, as: await gateway.apiKey(['read']) })).status,
    ).toBe(403);
  });

  it('is answered while the session is down', async () => {
    await lab.addBea('down');
    await gateway.request('POST', `${lab.root()}:stop`, { token });
    const { status, headers } = await lab.addBea('down');
    await gateway.request('POST', `${lab.root()}:start`, { token });
    expect([status, headers.get(REPLAYED)]).toEqual([204, 'true']);
  });

  it('acts again after a day', async () => {
    await lab.addBea('old');
    await lab.rows.expire();
    expect((await lab.addBea('old')).headers.has(REPLAYED)).toBe(false);
    expect(lab.actions()).toBe(2);
    expect((await lab.addBea('old')).headers.get(REPLAYED)).toBe('true');
  });

  it('is not answered with an invite that could be read in the database', async () => {
    const first = await lab.call('DELETE', `${lab.root()}/groups/${mine}/invite`, { key: 'reset' });
    const { invite } = first.body as { invite: string };
    expect((await lab.call('DELETE', `${lab.root()}/groups/${mine}/invite`, { key: 'reset' })).body).toEqual({
      invite,
    });
    const code = invite.split('/').at(-1) ?? '';
    expect(code).toHaveLength(22);
    const dump = await lab.rows.dump();
    expect(dump).toContain('reset');
    expect(dump).not.toContain(code);
    expect(dump).not.toContain(Buffer.from(code).toString('hex'));
    expect(lab.actions()).toBe(1);
  });
});

describe('a key that was used for another request', () => {
  it('answers 409 and acts on nothing', async () => {
    await lab.addBea('used');
    const other = await lab.call('POST', lab.members(), { key: 'used', body: { participants: [ada.jid] } });
    expect(other).toMatchObject({
      status: 409,
      body: { error: { code: 'conflict', details: { reason: 'idempotency_key_reused' } } },
    });
    expect(lab.actions()).toBe(1);
  });

  it('is not looked at before the body is good', async () => {
    await lab.addBea('used');
    expect((await lab.call('POST', lab.members(), { key: 'used', body: { participants: [] } })).status).toBe(400);
    expect((await lab.call('POST', lab.members(), { key: 'used', body: '{"broken' })).status).toBe(400);
  });
});

describe('a malformed key', () => {
  it.each([
    ['of 256 characters', 'x'.repeat(256)],
    ['with a space', 'a b'],
    ['that is empty', ''],
    ['with a letter beyond ASCII', 'clé'],
  ])('%s is 400 naming the header, and nothing happens', async (_, key) => {
    expect(await lab.addBea(key)).toMatchObject({
      status: 400,
      body: { error: { code: 'validation_error', details: { fields: [{ path: 'Idempotency-Key' }] } } },
    });
    expect(lab.actions()).toBe(0);
  });

  it('of 255 characters is none', async () => {
    expect((await lab.addBea('x'.repeat(255))).status).toBe(204);
  });
});

describe('what is not stored', () => {
  it.each<[string, () => Promise<Answer>, number]>([
    [
      'a session that there is not',
      () =>
        lab.call('POST', `${lab.root('unknown')}/groups:join`, {
          key: 'k',
          body: { invite: 'AbCdEfGhIjKlMnOpQrStUv' },
        }),
      404,
    ],
    [
      'a group that there is not',
      () => lab.call('POST', `${lab.root()}/groups/120363999999999999@g.us:leave`, { key: 'k' }),
      404,
    ],
    [
      'a right that is missing by what is stored',
      () => lab.call('POST', lab.members(theirs), { key: 'k', body: { participants: [bea.jid] } }),
      403,
    ],
    ['nothing to change', () => lab.call('PATCH', `${lab.root()}/groups/${mine}`, { key: 'k', body: {} }), 400],
  ])('is an error of ours: %s', async (_, act, status) => {
    expect((await act()).status).toBe(status);
    expect(await lab.rows.count()).toBe(0);
    expect(lab.actions()).toBe(0);
    expect((await act()).headers.has(REPLAYED)).toBe(false);
  });

  it('is an action that a session was not connected for; it happens once the session is back', async () => {
    await gateway.request('POST', `${lab.root()}:stop`, { token });
    expect((await lab.addBea('later')).status).toBe(501);
    await gateway.request('POST', `${lab.root()}:start`, { token });
    await statusIs(gateway, token, session, 'working');
    const { status, headers } = await lab.addBea('later');
    expect([status, headers.get(REPLAYED)]).toEqual([204, null]);
    expect(lab.actions()).toBe(1);
  });
});

describe('what WhatsApp refused', () => {
  it.each<[number, number, object]>([
    [403, 403, { code: 'forbidden', details: { reason: 'not_group_admin', whatsappCode: 403 } }],
    [406, 409, { code: 'conflict', details: { reason: 'refused_by_whatsapp', whatsappCode: 406 } }],
    [429, 429, { code: 'rate_limited', details: { reason: 'whatsapp_rate_limited' } }],
    [500, 503, { code: 'gateway_unavailable', details: { whatsappCode: 500 } }],
  ])('with %i is the outcome, and answered again as %i', async (code, status, error) => {
    simulator.faults.iqError({ ...GROUP_QUERY, child: 'add' }, code, 'refused', { backoff: 20 });
    const first = await lab.addBea('refused');
    forgetLimits(gateway, session);
    const second = await lab.addBea('refused');
    expect(first).toMatchObject({ status, body: { error } });
    expect([second.status, second.body]).toEqual([first.status, first.body]);
    expect(second.headers.get('retry-after')).toBe(first.headers.get('retry-after'));
    expect([first, second].map(({ headers }) => headers.get(REPLAYED))).toEqual([null, 'true']);
    expect(lab.actions()).toBe(1);
  });

  it('for the only participant is the outcome too', async () => {
    const promote = () => lab.call('POST', `${lab.members()}/${bea.jid}/promote`, { key: 'absent' });
    expect((await promote()).status).toBe(404);
    expect(await promote()).toMatchObject({ status: 404, body: { error: { message: 'member not found' } } });
    expect(lab.actions()).toBe(1);
  });

  it('in the middle of several settings is the outcome, with those that were applied', async () => {
    simulator.faults.iqError({ ...GROUP_QUERY, child: 'locked' }, 403, 'forbidden');
    const patch = () =>
      lab.call('PATCH', `${lab.root()}/groups/${mine}`, { key: 'half', body: { subject: 'New', locked: true } });
    await patch();
    expect(await patch()).toMatchObject({
      status: 403,
      body: { error: { details: { failed: 'locked', applied: ['subject'] } } },
    });
    expect(lab.actions()).toBe(2);
  });
});

describe('200 requests at once with 50 keys', () => {
  it('act 50 times, and none of them fails', async () => {
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, n) => {
        const key = `many-${n % 50}`;
        return lab.call('POST', `${lab.members()}/${ada.jid}/${n % 2 === 0 ? 'promote' : 'demote'}`, { key });
      }),
    );
    expect(simulator.log.count(GROUP_QUERY)).toBe(50);
    const fresh = answers.filter(({ status, headers }) => status === 204 && !headers.has(REPLAYED));
    expect(fresh).toHaveLength(50);
    const rest = answers.filter((answer) => !fresh.includes(answer));
    for (const { status, headers } of rest) {
      expect(status === 409 ? headers.has('retry-after') : headers.get(REPLAYED)).toBeTruthy();
    }
    const replays = await Promise.all(
      Array.from({ length: 50 }, (_, n) =>
        lab.call('POST', `${lab.members()}/${ada.jid}/${n % 2 === 0 ? 'promote' : 'demote'}`, { key: `many-${n}` }),
      ),
    );
    expect(replays.map(({ status, headers }) => [status, headers.get(REPLAYED)])).toEqual(
      replays.map(() => [204, 'true']),
    );
    expect(simulator.log.count(GROUP_QUERY)).toBe(50);
    me.demote(mine, [ada.jid]);
  });
});
