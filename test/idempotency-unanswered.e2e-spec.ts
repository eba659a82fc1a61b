import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { SimulatedPhone, Simulator } from '#simulator';
import { beforeFirstSync } from './support/before-first-sync.js';
import { eventually } from './support/eventually.js';
import { forgetLimits } from './support/forget-limits.js';
import { GROUP_QUERY, IdempotencyLab, REPLAYED } from './support/idempotency-lab.js';
import type { Answer, TestGateway } from './support/start-gateway.js';

let lab: IdempotencyLab;
let simulator: Simulator;
let gateway: TestGateway;
let token: string;
let me: SimulatedPhone;
let ada: SimulatedPhone;
let bea: SimulatedPhone;
let mine: string;

beforeAll(async () => {
  lab = await IdempotencyLab.start();
  ({ simulator, gateway, token, me, ada, bea, mine } = lab);
});

afterAll(() => lab.stop());

beforeEach(() => lab.simulator.log.clear());
afterEach(() => lab.restore());

describe('an action that is still running', () => {
  it('answers 409 with Retry-After to whoever sends it again, and the outcome once it is there', async () => {
    simulator.faults.actThenSilence({ ...GROUP_QUERY, child: 'add' });
    const sent = simulator.log.next({ ...GROUP_QUERY, child: 'add' });
    const first = lab.addBea('slow');
    await sent;
    const meanwhile = await lab.addBea('slow');
    expect(meanwhile).toMatchObject({
      status: 409,
      body: { error: { code: 'conflict', details: { reason: 'idempotency_key_in_use' } } },
    });
    const wait = Number(meanwhile.headers.get('retry-after'));
    expect(wait).toBeGreaterThan(50);
    expect(wait).toBeLessThanOrEqual(60);
    const lost = await lab.cutOff(() => {
      simulator.faults.dropAll(me.number);
      return first;
    });
    expect(lost.status).toBe(504);
    const resolved = await lab.addBea('slow');
    expect([resolved.status, resolved.headers.get(REPLAYED)]).toEqual([204, 'true']);
    expect(lab.actions()).toBe(1);
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
    await eventually(async () => expect((await lab.call('GET', `${lab.root()}/groups/${other}`)).status).toBe(200));
    simulator.log.clear();
  });

  const KNOWN: [string, Action][] = [
    [
      'adding',
      {
        child: 'add',
        method: 'POST',
        path: () => lab.members(),
        body: () => ({ participants: [bea.jid] }),
        status: 204,
      },
    ],
    ['removing', { child: 'remove', method: 'DELETE', path: () => `${lab.members()}/${ada.jid}`, status: 204 }],
    ['promoting', { child: 'promote', method: 'POST', path: () => `${lab.members()}/${ada.jid}/promote`, status: 204 }],
    ['demoting', { child: 'demote', method: 'POST', path: () => `${lab.members()}/${ada.jid}/demote`, status: 204 }],
    [
      'changing settings',
      {
        child: 'subject',
        method: 'PATCH',
        path: () => `${lab.root()}/groups/${mine}`,
        body: () => ({ subject }),
        status: 204,
      },
    ],
    [
      'taking a description away',
      {
        child: 'description',
        method: 'PATCH',
        path: () => `${lab.root()}/groups/${mine}`,
        body: () => ({ description: '' }),
        status: 204,
      },
    ],
    ['leaving', { child: 'leave', method: 'POST', path: () => `${lab.root()}/groups/${other}:leave`, status: 204 }],
  ];
  const send = ({ method, path, body }: Action, key: string): Promise<Answer> =>
    lab.call(method, path(), { key, ...(body && { body: body() }) });

  it.each(KNOWN)('and took place is found out by reading, and not repeated: %s', async (_, action) => {
    if (action.child === 'demote') me.promote(mine, [ada.jid]);
    simulator.faults.actThenClose({ ...GROUP_QUERY, child: action.child });
    expect(await lab.cutOff(() => send(action, 'lost'))).toMatchObject({
      status: 504,
      body: { error: { details: { outcome: 'unknown' } } },
    });
    for (let again = 0; again < 2; again++) {
      const { status, headers } = await send(action, 'lost');
      expect([status, headers.get(REPLAYED)]).toEqual([action.status, 'true']);
    }
    expect(lab.actions()).toBe(1);
    if (action.child === 'promote') me.demote(mine, [ada.jid]);
  });

  it.each(KNOWN.filter(([, { child }]) => child !== 'demote' && child !== 'description'))(
    'and did not take place stays unknown, and is not repeated: %s',
    async (_, action) => {
      simulator.faults.closeOn({ ...GROUP_QUERY, child: action.child });
      expect((await lab.cutOff(() => send(action, 'never'))).status).toBe(504);
      for (let again = 0; again < 2; again++) {
        const answer = await send(action, 'never');
        expect(answer).toMatchObject({ status: 504, body: { error: { details: { outcome: 'unknown' } } } });
        expect(answer.headers.get(REPLAYED)).toBe('true');
      }
      expect(lab.actions()).toBe(1);
    },
  );

  it('joining, is found out by reading as well', async () => {
    const open = ada.createGroup({ subject: 'Open' });
    const join = { key: 'join', body: { invite: ada.inviteCode(open) } };
    simulator.faults.actThenClose({ ...GROUP_QUERY, child: 'invite' });
    expect((await lab.cutOff(() => lab.call('POST', `${lab.root()}/groups:join`, join))).status).toBe(504);
    const again = await lab.call('POST', `${lab.root()}/groups:join`, join);
    expect([again.status, again.body, again.headers.get(REPLAYED)]).toEqual([200, { groupJid: open }, 'true']);
    expect(lab.actions()).toBe(1);
  });

  it.each<[string, Action]>([
    [
      'making a group',
      {
        child: 'create',
        method: 'POST',
        path: () => `${lab.root()}/groups`,
        body: () => ({ name: 'Lost', participants: [] }),
        status: 504,
      },
    ],
    [
      'resetting an invite',
      { child: 'invite', method: 'DELETE', path: () => `${lab.root()}/groups/${mine}/invite`, status: 504 },
    ],
  ])('and that leaves no trace stays unknown: %s', async (_, action) => {
    simulator.faults.actThenClose({ ...GROUP_QUERY, child: action.child });
    expect((await lab.cutOff(() => send(action, 'trace'))).status).toBe(504);
    expect(await send(action, 'trace')).toMatchObject({
      status: 504,
      body: { error: { code: 'upstream_timeout', details: { outcome: 'unknown' } } },
    });
    expect(lab.actions()).toBe(1);
  });

  it('tells, of several who were to be added, how many are not there', async () => {
    simulator.faults.participantError(bea.number, 403);
    simulator.faults.actThenClose({ ...GROUP_QUERY, child: 'add' });
    const add = { key: 'several', body: { participants: [ada.jid, bea.jid] } };
    expect((await lab.cutOff(() => lab.call('POST', lab.members(), add))).status).toBe(504);
    const { status, headers } = await lab.call('POST', lab.members(), add);
    expect([status, headers.get('x-participants-failed')]).toEqual([204, '1']);
  });

  it('stays unknown while nothing can be read, and is found out later', async () => {
    simulator.faults.actThenClose({ ...GROUP_QUERY, child: 'add' });
    expect((await lab.cutOff(() => lab.addBea('down'))).status).toBe(504);
    await gateway.request('POST', `${lab.root()}:stop`, { token });
    expect((await lab.addBea('down')).status).toBe(504);
    await gateway.request('POST', `${lab.root()}:start`, { token });
    await lab.canRead();
    expect((await lab.addBea('down')).status).toBe(204);
    expect(lab.actions()).toBe(1);
  });
});

describe('a group that has to be read before it can be acted on', () => {
  it.each([
    [429, 429],
    [500, 503],
  ])('and is refused with %i: nothing was done, and the key is free', async (code, status) => {
    await beforeFirstSync(gateway.database.url);
    simulator.faults.iqError({ xmlns: 'w:g2', type: 'get', child: 'query', to: mine }, code, 'refused');
    expect((await lab.addBea(`early-${code}`)).status).toBe(status);
    expect(lab.actions()).toBe(0);
    forgetLimits(gateway, lab.session);
    const again = await lab.addBea(`early-${code}`);
    expect([again.status, again.headers.has(REPLAYED)]).toEqual([204, false]);
    expect(lab.actions()).toBe(1);
  });
});
