import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Simulator, SimulatedPhone } from '#simulator';
import { eventually } from './support/eventually.js';
import { forgetLimits } from './support/forget-limits.js';
import { IdempotencyRows } from './support/idempotency-rows.js';
import { LinkedRig } from './support/linked-rig.js';
import { statusIs } from './support/linked-session.js';
import type { Answer, TestGateway } from './support/start-gateway.js';

const GROUP_QUERY = { tag: 'iq', xmlns: 'w:g2', type: 'set' } as const;
const REPLAYED = 'idempotency-replayed';

let rig: LinkedRig;
let simulator: Simulator;
let gateway: TestGateway;
let rows: IdempotencyRows;
let token: string;
let session: string;
let me: SimulatedPhone;
let ada: SimulatedPhone;
let bea: SimulatedPhone;
/** Made by `me`, with `ada` in it. */
let mine: string;
/** Made by `ada`, with `me` an ordinary member. */
let theirs: string;

beforeAll(async () => {
  rig = await LinkedRig.start(({ me, person }) => {
    ada = person('Ada');
    bea = person('Bea');
    mine = me.createGroup({ subject: 'Mine', participants: [ada.jid] });
    theirs = ada.createGroup({ subject: 'Theirs', participants: [me.jid] });
  });
  ({ simulator, gateway, token, session, me } = rig);
  rows = new IdempotencyRows(gateway.database.url);
});

afterAll(() => rig.stop());

beforeEach(() => simulator.log.clear());

afterEach(async () => {
  rig.forget();
  await canRead();
  await rows.forget();
  if (!(await isMember(ada))) me.add(mine, [ada.jid]);
  if (await isMember(bea)) me.remove(mine, [bea.jid]);
  await eventually(async () => expect([await isMember(ada), await isMember(bea)]).toEqual([true, false]));
});

interface Keyed {
  key?: string;
  body?: unknown;
  as?: string;
  headers?: Record<string, string>;
}

function call(method: string, path: string, { key, body, as = token, headers }: Keyed = {}): Promise<Answer> {
  const keyed = { ...(key !== undefined && { 'idempotency-key': key }), ...headers };
  return gateway.request(method, path, { token: as, body, headers: keyed });
}

const root = (id = session): string => `/api/v1/sessions/${id}`;
const members = (group = mine): string => `${root()}/groups/${group}/members`;
const addBea = (key?: string): Promise<Answer> =>
  call('POST', members(), { body: { participants: [bea.jid] }, ...(key !== undefined && { key }) });
const actions = (): number => simulator.log.count(GROUP_QUERY);

/** What `act` answers when its connection breaks; the session is connected again by then. */
async function cutOff(act: () => Promise<Answer>): Promise<Answer> {
  const back = simulator.nextLogin(me.number);
  const answer = await act();
  await back;
  await canRead();
  return answer;
}

/** Not only by what is stored of the session. */
async function canRead(): Promise<void> {
  await eventually(async () =>
    expect((await gateway.request('GET', `${root()}/groups/${mine}/invite`, { token })).status).toBe(200),
  );
}

async function isMember({ number }: SimulatedPhone): Promise<boolean> {
  const { body } = await gateway.request('GET', members(), { token });
  return (body as { data: { phoneNumber?: string }[] }).data.some((member) => member.phoneNumber === number);
}

describe('an action that is sent twice with one key', () => {
  it('acts once, and the second answer is the first one', async () => {
    simulator.faults.participantError(bea.number, 403);
    const add = { key: 'one', body: { participants: [bea.jid, ada.jid] } };
    const first = await call('POST', members(), add);
    const second = await call('POST', members(), add);
    expect([first.status, second.status]).toEqual([204, 204]);
    expect([first, second].map(({ headers }) => headers.get('x-participants-failed'))).toEqual(['1', '1']);
    expect([first, second].map(({ headers }) => headers.get(REPLAYED))).toEqual([null, 'true']);
    expect(actions()).toBe(1);
  });

  it('answers the same body, byte by byte', async () => {
    const make = { key: 'make', body: { name: 'Made once', participants: [ada.jid] } };
    const first = await call('POST', `${root()}/groups`, make);
    const second = await call('POST', `${root()}/groups`, make);
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.raw).toEqual(first.raw);
    expect(second.headers.get('content-type')).toBe(first.headers.get('content-type'));
    expect(actions()).toBe(1);
  });

  it('is the same action however path and body are written', async () => {
    await call('PATCH', `${root()}/groups/${mine}`, { key: 'same', body: { subject: 'Named', locked: false } });
    const again = { key: 'same', body: { locked: false, subject: 'Named' } };
    for (const path of [mine.replace('@', '%40'), `${mine}/`]) {
      const { status, headers } = await call('PATCH', `${root()}/groups/${path}`, again);
      expect([status, headers.get(REPLAYED)]).toEqual([204, 'true']);
    }
    expect(actions()).toBe(2);
  });

  it('acts again with another key, without one, and on another path', async () => {
    await addBea('a');
    await addBea('b');
    await addBea();
    expect((await call('POST', `${members()}/${bea.jid}/promote`, { key: 'a' })).headers.has(REPLAYED)).toBe(false);
    expect(actions()).toBe(4);
  });

  it('is answered to whoever of the organization asks again, and to no other organization', async () => {
    await addBea('shared');
    const colleague = await gateway.jwt();
    const body = { participants: [bea.jid] };
    expect((await call('POST', members(), { key: 'shared', body, as: colleague })).headers.get(REPLAYED)).toBe('true');
    const stranger = await gateway.apiKey(['send'], { organizationId: 'another' });
    expect((await call('POST', members(), { key: 'shared', body, as: stranger })).status).toBe(404);
    const elsewhere = await gateway.apiKey(['send'], { sessionIds: ['01JD4Z0S3M8Q1V7C5T9B2N6XKR'] });
    expect((await call('POST', members(), { key: 'shared', body, as: elsewhere })).status).toBe(404);
    expect((await call('POST', members(), { key: 'shared', body, as: await gateway.apiKey(['read']) })).status).toBe(
      403,
    );
  });

  it('is answered while the session is down', async () => {
    await addBea('down');
    await gateway.request('POST', `${root()}:stop`, { token });
    const { status, headers } = await addBea('down');
    await gateway.request('POST', `${root()}:start`, { token });
    expect([status, headers.get(REPLAYED)]).toEqual([204, 'true']);
  });

  it('acts again after a day', async () => {
    await addBea('old');
    await rows.expire();
    expect((await addBea('old')).headers.has(REPLAYED)).toBe(false);
    expect(actions()).toBe(2);
    expect((await addBea('old')).headers.get(REPLAYED)).toBe('true');
  });

  it('is not answered with an invite that could be read in the database', async () => {
    const first = await call('DELETE', `${root()}/groups/${mine}/invite`, { key: 'reset' });
    const { invite } = first.body as { invite: string };
    expect((await call('DELETE', `${root()}/groups/${mine}/invite`, { key: 'reset' })).body).toEqual({ invite });
    const code = invite.split('/').at(-1) ?? '';
    expect(code).toHaveLength(22);
    const dump = await rows.dump();
    expect(dump).toContain('reset');
    expect(dump).not.toContain(code);
    expect(dump).not.toContain(Buffer.from(code).toString('hex'));
    expect(actions()).toBe(1);
  });
});

describe('a key that was used for another request', () => {
  it('answers 409 and acts on nothing', async () => {
    await addBea('used');
    const other = await call('POST', members(), { key: 'used', body: { participants: [ada.jid] } });
    expect(other).toMatchObject({
      status: 409,
      body: { error: { code: 'conflict', details: { reason: 'idempotency_key_reused' } } },
    });
    expect(actions()).toBe(1);
  });

  it('is not looked at before the body is good', async () => {
    await addBea('used');
    expect((await call('POST', members(), { key: 'used', body: { participants: [] } })).status).toBe(400);
    expect((await call('POST', members(), { key: 'used', body: '{"broken' })).status).toBe(400);
  });
});

describe('a malformed key', () => {
  it.each([
    ['of 256 characters', 'x'.repeat(256)],
    ['with a space', 'a b'],
    ['that is empty', ''],
    ['with a letter beyond ASCII', 'clé'],
  ])('%s is 400 naming the header, and nothing happens', async (_, key) => {
    expect(await addBea(key)).toMatchObject({
      status: 400,
      body: { error: { code: 'validation_error', details: { fields: [{ path: 'Idempotency-Key' }] } } },
    });
    expect(actions()).toBe(0);
  });

  it('of 255 characters is none', async () => {
    expect((await addBea('x'.repeat(255))).status).toBe(204);
  });
});

describe('what is not stored', () => {
  it.each<[string, () => Promise<Answer>, number]>([
    [
      'a session that there is not',
      () => call('POST', `${root('unknown')}/groups:join`, { key: 'k', body: { invite: 'AbCdEfGhIjKlMnOpQrStUv' } }),
      404,
    ],
    [
      'a group that there is not',
      () => call('POST', `${root()}/groups/120363999999999999@g.us:leave`, { key: 'k' }),
      404,
    ],
    [
      'a right that is missing by what is stored',
      () => call('POST', members(theirs), { key: 'k', body: { participants: [bea.jid] } }),
      403,
    ],
    ['nothing to change', () => call('PATCH', `${root()}/groups/${mine}`, { key: 'k', body: {} }), 400],
  ])('is an error of ours: %s', async (_, act, status) => {
    expect((await act()).status).toBe(status);
    expect(await rows.count()).toBe(0);
    expect(actions()).toBe(0);
    expect((await act()).headers.has(REPLAYED)).toBe(false);
  });

  it('is an action that a session was not connected for; it happens once the session is back', async () => {
    await gateway.request('POST', `${root()}:stop`, { token });
    expect((await addBea('later')).status).toBe(501);
    await gateway.request('POST', `${root()}:start`, { token });
    await statusIs(gateway, token, session, 'working');
    const { status, headers } = await addBea('later');
    expect([status, headers.get(REPLAYED)]).toEqual([204, null]);
    expect(actions()).toBe(1);
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
    const first = await addBea('refused');
    forgetLimits(gateway, session);
    const second = await addBea('refused');
    expect(first).toMatchObject({ status, body: { error } });
    expect([second.status, second.body]).toEqual([first.status, first.body]);
    expect(second.headers.get('retry-after')).toBe(first.headers.get('retry-after'));
    expect([first, second].map(({ headers }) => headers.get(REPLAYED))).toEqual([null, 'true']);
    expect(actions()).toBe(1);
  });

  it('for the only participant is the outcome too', async () => {
    const promote = () => call('POST', `${members()}/${bea.jid}/promote`, { key: 'absent' });
    expect((await promote()).status).toBe(404);
    expect(await promote()).toMatchObject({ status: 404, body: { error: { message: 'member not found' } } });
    expect(actions()).toBe(1);
  });

  it('in the middle of several settings is the outcome, with those that were applied', async () => {
    simulator.faults.iqError({ ...GROUP_QUERY, child: 'locked' }, 403, 'forbidden');
    const patch = () =>
      call('PATCH', `${root()}/groups/${mine}`, { key: 'half', body: { subject: 'New', locked: true } });
    await patch();
    expect(await patch()).toMatchObject({
      status: 403,
      body: { error: { details: { failed: 'locked', applied: ['subject'] } } },
    });
    expect(actions()).toBe(2);
  });
});

describe('an action that is still running', () => {
  it('answers 409 with Retry-After to whoever sends it again, and the outcome once it is there', async () => {
    simulator.faults.actThenSilence({ ...GROUP_QUERY, child: 'add' });
    const sent = simulator.log.next({ ...GROUP_QUERY, child: 'add' });
    const first = addBea('slow');
    await sent;
    const meanwhile = await addBea('slow');
    expect(meanwhile).toMatchObject({
      status: 409,
      body: { error: { code: 'conflict', details: { reason: 'idempotency_key_in_use' } } },
    });
    const wait = Number(meanwhile.headers.get('retry-after'));
    expect(wait).toBeGreaterThan(50);
    expect(wait).toBeLessThanOrEqual(60);
    const lost = await cutOff(() => {
      simulator.faults.dropAll(me.number);
      return first;
    });
    expect(lost.status).toBe(504);
    const resolved = await addBea('slow');
    expect([resolved.status, resolved.headers.get(REPLAYED)]).toEqual([204, 'true']);
    expect(actions()).toBe(1);
  });
});

describe('an action whose answer was lost', () => {
  interface Action {
    child: string;
    method: string;
    path: () => string;
    body?: () => unknown;
    status: number;
    answer?: () => unknown;
  }
  let other: string;
  let subject: string;

  beforeEach(async () => {
    subject = `Subject ${Math.random()}`;
    other = ada.createGroup({ subject: 'Other', participants: [me.jid] });
    await eventually(async () => expect((await call('GET', `${root()}/groups/${other}`)).status).toBe(200));
    simulator.log.clear();
  });

  const KNOWN: [string, Action][] = [
    [
      'adding',
      { child: 'add', method: 'POST', path: () => members(), body: () => ({ participants: [bea.jid] }), status: 204 },
    ],
    ['removing', { child: 'remove', method: 'DELETE', path: () => `${members()}/${ada.jid}`, status: 204 }],
    ['promoting', { child: 'promote', method: 'POST', path: () => `${members()}/${ada.jid}/promote`, status: 204 }],
    ['demoting', { child: 'demote', method: 'POST', path: () => `${members()}/${ada.jid}/demote`, status: 204 }],
    [
      'changing settings',
      {
        child: 'subject',
        method: 'PATCH',
        path: () => `${root()}/groups/${mine}`,
        body: () => ({ subject }),
        status: 204,
      },
    ],
    [
      'taking a description away',
      {
        child: 'description',
        method: 'PATCH',
        path: () => `${root()}/groups/${mine}`,
        body: () => ({ description: '' }),
        status: 204,
      },
    ],
    ['leaving', { child: 'leave', method: 'POST', path: () => `${root()}/groups/${other}:leave`, status: 204 }],
  ];
  const send = ({ method, path, body }: Action, key: string): Promise<Answer> =>
    call(method, path(), { key, ...(body && { body: body() }) });

  it.each(KNOWN)('and took place is found out by reading, and not repeated: %s', async (_, action) => {
    if (action.child === 'demote') me.promote(mine, [ada.jid]);
    simulator.faults.actThenClose({ ...GROUP_QUERY, child: action.child });
    expect(await cutOff(() => send(action, 'lost'))).toMatchObject({
      status: 504,
      body: { error: { details: { outcome: 'unknown' } } },
    });
    for (let again = 0; again < 2; again++) {
      const { status, headers } = await send(action, 'lost');
      expect([status, headers.get(REPLAYED)]).toEqual([action.status, 'true']);
    }
    expect(actions()).toBe(1);
    if (action.child === 'promote') me.demote(mine, [ada.jid]);
  });

  it.each(KNOWN.filter(([, { child }]) => child !== 'demote' && child !== 'description'))(
    'and did not take place stays unknown, and is not repeated: %s',
    async (_, action) => {
      simulator.faults.closeOn({ ...GROUP_QUERY, child: action.child });
      expect((await cutOff(() => send(action, 'never'))).status).toBe(504);
      for (let again = 0; again < 2; again++) {
        const answer = await send(action, 'never');
        expect(answer).toMatchObject({ status: 504, body: { error: { details: { outcome: 'unknown' } } } });
        expect(answer.headers.get(REPLAYED)).toBe('true');
      }
      expect(actions()).toBe(1);
    },
  );

  it('joining, is found out by reading as well', async () => {
    const open = ada.createGroup({ subject: 'Open' });
    const join = { key: 'join', body: { invite: ada.inviteCode(open) } };
    simulator.faults.actThenClose({ ...GROUP_QUERY, child: 'invite' });
    expect((await cutOff(() => call('POST', `${root()}/groups:join`, join))).status).toBe(504);
    const again = await call('POST', `${root()}/groups:join`, join);
    expect([again.status, again.body, again.headers.get(REPLAYED)]).toEqual([200, { groupJid: open }, 'true']);
    expect(actions()).toBe(1);
  });

  it.each<[string, Action]>([
    [
      'making a group',
      {
        child: 'create',
        method: 'POST',
        path: () => `${root()}/groups`,
        body: () => ({ name: 'Lost', participants: [] }),
        status: 504,
      },
    ],
    [
      'resetting an invite',
      { child: 'invite', method: 'DELETE', path: () => `${root()}/groups/${mine}/invite`, status: 504 },
    ],
  ])('and that leaves no trace stays unknown: %s', async (_, action) => {
    simulator.faults.actThenClose({ ...GROUP_QUERY, child: action.child });
    expect((await cutOff(() => send(action, 'trace'))).status).toBe(504);
    expect(await send(action, 'trace')).toMatchObject({
      status: 504,
      body: { error: { code: 'upstream_timeout', details: { outcome: 'unknown' } } },
    });
    expect(actions()).toBe(1);
  });

  it('tells, of several who were to be added, how many are not there', async () => {
    simulator.faults.participantError(bea.number, 403);
    simulator.faults.actThenClose({ ...GROUP_QUERY, child: 'add' });
    const add = { key: 'several', body: { participants: [ada.jid, bea.jid] } };
    expect((await cutOff(() => call('POST', members(), add))).status).toBe(504);
    const { status, headers } = await call('POST', members(), add);
    expect([status, headers.get('x-participants-failed')]).toEqual([204, '1']);
  });

  it('stays unknown while nothing can be read, and is found out later', async () => {
    simulator.faults.actThenClose({ ...GROUP_QUERY, child: 'add' });
    expect((await cutOff(() => addBea('down'))).status).toBe(504);
    await gateway.request('POST', `${root()}:stop`, { token });
    expect((await addBea('down')).status).toBe(504);
    await gateway.request('POST', `${root()}:start`, { token });
    await canRead();
    expect((await addBea('down')).status).toBe(204);
    expect(actions()).toBe(1);
  });
});

describe('200 requests at once with 50 keys', () => {
  it('act 50 times, and none of them fails', async () => {
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, n) => {
        const key = `many-${n % 50}`;
        return call('POST', `${members()}/${ada.jid}/${n % 2 === 0 ? 'promote' : 'demote'}`, { key });
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
        call('POST', `${members()}/${ada.jid}/${n % 2 === 0 ? 'promote' : 'demote'}`, { key: `many-${n}` }),
      ),
    );
    expect(replays.map(({ status, headers }) => [status, headers.get(REPLAYED)])).toEqual(
      replays.map(() => [204, 'true']),
    );
    expect(simulator.log.count(GROUP_QUERY)).toBe(50);
    me.demote(mine, [ada.jid]);
  });
});
