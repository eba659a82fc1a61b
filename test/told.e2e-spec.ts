import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { SimulatedPhone } from '#simulator';
import { SENT_PAYLOADS } from '#store';
import { LinkedRig } from './support/linked-rig.js';
import { statusIs } from './support/linked-session.js';
import { loggedEvents, PublishedEvents, telling, toldBy } from './support/published-events.js';

let rig: LinkedRig;
let owner: SimulatedPhone;
let ann: SimulatedPhone;
let bob: SimulatedPhone;
/** The account is an admin of it, and so is its owner. */
let group: string;

beforeAll(async () => {
  rig = await LinkedRig.start(({ me, person }) => {
    [owner, ann, bob] = [person('Owner'), person('Ann'), person('Bob')];
    group = owner.createGroup({ subject: 'Choir', participants: [me.jid, ann.jid], approval: true });
    owner.promote(group, [me.jid]);
  });
});

afterAll(() => rig.stop());

const act = async (method: string, path: string, body?: unknown): Promise<void> => {
  const answer = await rig.gateway.request(method, `/api/v1/sessions/${rig.session}${path}`, {
    token: rig.token,
    body,
  });
  expect([answer.status, answer.body]).toEqual([expect.any(Number), answer.status < 300 ? answer.body : undefined]);
};
const told = (...wanted: [string, object][]) => loggedEvents(rig.gateway, telling(...wanted));
const participants = (payload: object): [string, object] => ['group.participant', { groupJid: group, ...payload }];
const update = (payload: object): [string, object] => ['group.update', { groupJid: group, ...payload }];

describe('what the gateway tells', () => {
  it('of a session that is linked: that there is a code, each status on the way, and nothing of the groups that were there', async () => {
    const events = await told(['session.status', { status: 'working' }]);
    expect(toldBy(events, 'auth.qr')).toEqual([['auth.qr', { expiresAt: expect.any(Number) }]]);
    expect(toldBy(events, 'group.update', 'group.participant')).toEqual([]);
    const statuses = toldBy(events, 'session.status').map(([, payload]) => payload);
    expect(statuses).toEqual(expect.arrayContaining([{ status: 'scan_qr_code' }]));
    statuses.forEach((status, at) => expect(status).not.toEqual(statuses[at - 1]));
    expect(new Set(events.map(({ session, organization }) => `${organization} ${String(session)}`))).toEqual(
      new Set([`default ${rig.session}`]),
    );
  });

  it('of a group: what others do, with who did it', async () => {
    owner.changeSubject(group, 'Orchestra');
    owner.add(group, [bob.jid]);
    owner.promote(group, [ann.jid]);
    owner.demote(group, [ann.jid]);
    owner.remove(group, [bob.jid]);
    ann.leave(group);
    await told(
      update({ sender: owner.jid, change: 'settings', settings: { subject: 'Orchestra' } }),
      participants({ sender: owner.jid, join: [bob.jid] }),
      participants({ sender: owner.jid, promote: [ann.jid] }),
      participants({ sender: owner.jid, demote: [ann.jid] }),
      participants({ sender: owner.jid, leave: [bob.jid] }),
      participants({ sender: ann.jid, leave: [ann.jid] }),
    );
  });

  it('of a group: what the account does, once, though WhatsApp tells it as well', async () => {
    const mine = { sender: rig.me.jid };
    const [cleo, dan] = [rig.person('Cleo'), rig.person('Dan')];
    await act('POST', `/groups/${group}/members`, { participants: [cleo.number, dan.number] });
    await act('POST', `/groups/${group}/members/${cleo.number}/promote`);
    await act('DELETE', `/groups/${group}/members/${dan.number}`);
    await act('PATCH', `/groups/${group}`, { subject: 'Band', locked: true });
    const wanted = [
      participants({ ...mine, join: [cleo.jid, dan.jid] }),
      participants({ ...mine, promote: [cleo.jid] }),
      participants({ ...mine, leave: [dan.jid] }),
      update({ ...mine, change: 'settings', settings: { subject: 'Band' } }),
      update({ ...mine, change: 'settings', settings: { isLocked: true } }),
    ];
    await told(...wanted);
    // Whatever WhatsApp told of it has been heard by the time that it tells of something later.
    owner.changeSubject(group, 'Duo');
    const events = await told(update({ sender: owner.jid, change: 'settings', settings: { subject: 'Duo' } }));
    const all = toldBy(events);
    for (const one of wanted)
      expect(all.filter((event) => JSON.stringify(event) === JSON.stringify(one))).toHaveLength(1);
  });

  it('of a group: who asks to join, who thinks better of it, and who was let in', async () => {
    const code = owner.inviteCode(group);
    const [first, second] = [rig.person('First'), rig.person('Second')];
    for (const one of [first, second]) one.joinByInvite(code);
    second.withdrawRequest(group);
    const asked = (person: SimulatedPhone, action: string, more = {}): [string, object] => [
      'group.join_request',
      { groupJid: group, sender: person.jid, action, participants: [person.jid], ...more },
    ];
    await told(asked(first, 'created', { method: 'invite_link' }), asked(second, 'revoked'));
    await act('POST', `/groups/${group}/join-requests:approve`, { participants: [first.jid] });
    await told(participants({ sender: rig.me.jid, join: [first.jid] }));
  });

  it('of the account: that it was removed, put back, made a group, and left it', async () => {
    owner.remove(group, [rig.me.jid]);
    await told(update({ sender: owner.jid, change: 'left' }));
    owner.add(group, [rig.me.jid]);
    owner.promote(group, [rig.me.jid]);
    await told(update({ sender: owner.jid, change: 'left' }), update({ sender: owner.jid, change: 'joined' }));
    const made = await rig.gateway.request('POST', `/api/v1/sessions/${rig.session}/groups`, {
      token: rig.token,
      body: { name: 'Made here', participants: [ann.number] },
    });
    const { groupJid } = made.body as { groupJid: string };
    await act('POST', `/groups/${groupJid}:leave`);
    const own = (change: string): [string, object] => ['group.update', { groupJid, sender: rig.me.jid, change }];
    const events = await told(own('joined'), own('left'));
    expect(toldBy(events).filter(([, payload]) => (payload as { groupJid?: string }).groupJid === groupJid)).toEqual([
      own('joined'),
      own('left'),
    ]);
  });

  it('of what happened while the session was stopped: once it is connected again', async () => {
    await act('POST', ':stop');
    await statusIs(rig.gateway, rig.token, rig.session, 'stopped');
    const late = rig.person('Late');
    owner.add(group, [late.jid]);
    await act('POST', ':start');
    await told(['session.status', { status: 'stopped' }], participants({ sender: owner.jid, join: [late.jid] }));
  });

  it('is what the published schemas say, each of it', async () => {
    const post = async (path: string, body: object): Promise<{ id: string }> => {
      const answer = await rig.gateway.request('POST', `/api/v1${path}`, { token: rig.token, body });
      expect(answer.status).toBeLessThan(300);
      return answer.body as { id: string };
    };
    // Nobody is there: its first event is its last.
    const retryPolicy = { policy: 'constant', delaySeconds: 1, attempts: 1 };
    const hook = await post('/webhooks', { url: 'http://nobody.invalid/', events: ['auth.code'], retryPolicy });
    const { id } = await post('/sessions', {});
    await post(`/sessions/${id}/pairing-code`, { phone: rig.person('Other').number });
    const paused = { webhookId: hook.id, reason: 'failing', pausedAt: expect.any(Number) };
    const published = await PublishedEvents.of(rig.gateway);
    const events = await loggedEvents(rig.gateway, (all) => {
      expect(toldBy(all, 'webhook.paused')).toEqual([['webhook.paused', paused]]);
    });
    for (const event of events) published.check(event);
    const { 'webhook.test': _, ...logged } = SENT_PAYLOADS;
    expect([...new Set(events.map(({ event }) => event))].sort()).toEqual(Object.keys(logged).sort());
    const [one] = events.filter(({ event }) => event === 'group.participant');
    for (const wrong of [{ payload: { ...one!.payload, code: 'x' } }, { id: '7' }, { schema: 'v2' }, { more: 1 }]) {
      expect(() => published.check({ ...one!, ...wrong })).toThrow();
    }
  });
});
