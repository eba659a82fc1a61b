import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { ParticipantsLab, type Outcomes } from './support/participants-lab.js';

const REQUESTS = { tag: 'iq', xmlns: 'w:g2', child: 'membership_requests_action' } as const;
const LOOK_UP = { tag: 'iq', xmlns: 'usync' } as const;
const UNKNOWN_PHONE = '6289999999999';
const NUMBER: unknown = expect.any(Number);

let lab: ParticipantsLab;

beforeAll(async () => {
  lab = await ParticipantsLab.start();
});

afterAll(() => lab.stop());

afterEach(() => {
  lab.simulator.world.switches.otherAddressInResults = true;
  lab.forget();
});

const list = (group: string) => lab.get(`/groups/${group}/join-requests`);
const answer = (group: string, verb: 'approve' | 'reject', participants: unknown) =>
  lab.post(`/groups/${group}/join-requests:${verb}`, { participants });
/** The JIDs by which WhatsApp was asked to let people in, or to turn them away. */
const sent = (): string[] =>
  lab.simulator.log.all(REQUESTS).flatMap(({ node }) => {
    const [action] = node.content as { content: { content: { attrs: { jid: string } }[] }[] }[];
    return action?.content[0]?.content.map(({ attrs }) => attrs.jid) ?? [];
  });

describe('listing join requests (pain 11)', () => {
  it('answers who waits, oldest first, by both addresses where they are known', async () => {
    const group = await lab.group({ approval: true });
    const [one, two] = [lab.person(), lab.person()];
    for (const person of [one, two]) person.joinByInvite(lab.me.inviteCode(group));
    const { status, body } = await list(group);
    expect(status).toBe(200);
    const of = (person: typeof one): object => ({
      jid: person.jid,
      lid: person.lid,
      phoneNumber: person.number,
      requestedAt: NUMBER,
      method: 'invite_link',
    });
    expect(body).toEqual({ data: [of(one), of(two)], nextCursor: '' });
    const [first] = (body as { data: { requestedAt: number }[] }).data;
    expect(Math.abs((first?.requestedAt ?? 0) - Date.now())).toBeLessThan(60_000);
  });

  it('names the member who asked for somebody', async () => {
    const [member, wanted] = [lab.person(), lab.person()];
    const group = await lab.group({ approval: true, members: [member] });
    lab.me.changeMemberAddMode(group, 'all_member_add');
    member.add(group, [wanted.jid]);
    expect((await list(group)).body).toMatchObject({
      data: [{ jid: wanted.jid, method: 'non_admin_add', addedBy: member.jid }],
    });
  });

  it('is empty where nobody waits', async () => {
    expect((await list(await lab.group({ approval: true }))).body).toEqual({ data: [], nextCursor: '' });
  });

  it('is for admins, and 404 where the account is not in the group', async () => {
    expect(await list(await lab.group({ standing: 'member', approval: true }))).toMatchObject({
      status: 403,
      body: { error: { details: { reason: 'not_group_admin' } } },
    });
    for (const standing of ['left', 'stranger'] as const) {
      expect((await list(await lab.group({ standing, approval: true }))).status).toBe(404);
    }
    expect((await list('nonsense')).status).toBe(400);
  });

  it('needs `read`; answering needs `send`', async () => {
    const group = await lab.group({ approval: true });
    const path = `/api/v1/sessions/${lab.session}/groups/${group}/join-requests`;
    const reader = await lab.gateway.apiKey(['read']);
    const sender = await lab.gateway.apiKey(['send']);
    const body = { participants: [lab.person().jid] };
    expect((await lab.gateway.request('GET', path, { token: reader })).status).toBe(200);
    expect((await lab.gateway.request('GET', path, { token: sender })).status).toBe(403);
    expect((await lab.gateway.request('POST', `${path}:approve`, { token: reader, body })).status).toBe(403);
    expect((await lab.gateway.request('POST', `${path}:reject`, { token: sender, body })).status).toBe(200);
  });
});

describe('answering join requests', () => {
  it('by phone number in a LID group: the LID is looked up once, and known from then on', async () => {
    const [one, two] = [lab.person(), lab.person()];
    const group = await lab.group({ approval: true });
    const other = await lab.group({ approval: true });
    // The phone numbers of those who ask are not told.
    lab.simulator.world.switches.otherAddressInResults = false;
    lab.simulator.log.clear();
    for (const person of [one, two]) {
      person.joinByInvite(lab.me.inviteCode(group));
      person.joinByInvite(lab.me.inviteCode(other));
    }
    const { status, body } = await answer(group, 'approve', [one.number, two.jid]);
    expect(status).toBe(200);
    expect(body).toEqual({
      groupJid: group,
      action: 'approve',
      partial: false,
      participants: [
        { input: one.number, jid: one.jid, lid: one.lid, success: true },
        { input: two.jid, jid: two.jid, lid: two.lid, success: true },
      ],
    });
    expect(sent()).toEqual([one.lid, two.lid]);
    expect(lab.simulator.log.count(LOOK_UP)).toBe(1);
    expect(await lab.roles(group)).toEqual(
      new Map([
        [lab.me.number, 'admin'],
        [one.number, 'member'],
        [two.number, 'member'],
      ]),
    );
    expect((await answer(other, 'reject', [one.number, two.number])).body).toMatchObject({ partial: false });
    expect(lab.simulator.log.count(LOOK_UP)).toBe(1);
    expect(lab.me.joinRequests(other)).toEqual([]);
    expect((await lab.roles(other)).size).toBe(1);
  });

  it('names people as a group addressed by phone number does', async () => {
    const person = lab.person();
    const group = await lab.group({ approval: true, addressing: 'pn' });
    person.joinByInvite(lab.me.inviteCode(group));
    lab.simulator.log.clear();
    expect((await answer(group, 'approve', [person.number])).body).toMatchObject({ partial: false });
    expect(sent()).toEqual([person.jid]);
    expect(lab.simulator.log.count(LOOK_UP)).toBe(0);
  });

  it('has no pending request of who is not on WhatsApp, or did not ask; the others are let in', async () => {
    const [asked, idle] = [lab.person(), lab.person()];
    const group = await lab.group({ approval: true });
    asked.joinByInvite(lab.me.inviteCode(group));
    const { body } = await answer(group, 'approve', [UNKNOWN_PHONE, asked.lid, idle.number]);
    const { partial, participants } = body as Outcomes;
    expect(partial).toBe(true);
    expect(participants.map(({ input, success, error }) => [input, success, error?.reason])).toEqual([
      [UNKNOWN_PHONE, false, 'no_pending_request'],
      [asked.lid, true, undefined],
      [idle.number, false, 'no_pending_request'],
    ]);
  });

  it('tells nobody anything of people who are not on WhatsApp but the admin', async () => {
    const body = { participants: [{ input: UNKNOWN_PHONE, error: { reason: 'no_pending_request' } }] };
    expect(await answer(await lab.group({ approval: true }), 'approve', [UNKNOWN_PHONE])).toMatchObject({
      status: 200,
      body,
    });
    const theirs = await lab.group({ standing: 'member', approval: true });
    expect((await answer(theirs, 'approve', [UNKNOWN_PHONE])).status).toBe(403);
    const left = await lab.group({ standing: 'left', approval: true });
    expect((await answer(left, 'approve', [UNKNOWN_PHONE])).status).toBe(404);
  });

  it('sends one who is named by both addresses once, and tells of both', async () => {
    const person = lab.person();
    const group = await lab.group({ approval: true });
    person.joinByInvite(lab.me.inviteCode(group));
    lab.simulator.log.clear();
    const { body } = await answer(group, 'approve', [person.lid, person.number]);
    expect((body as Outcomes).participants.map(({ success }) => success)).toEqual([true, true]);
    expect(sent()).toEqual([person.lid]);
  });

  it('refuses an empty list, which never means all', async () => {
    const person = lab.person();
    const group = await lab.group({ approval: true });
    person.joinByInvite(lab.me.inviteCode(group));
    for (const verb of ['approve', 'reject'] as const) {
      for (const participants of [[], undefined]) {
        expect(await answer(group, verb, participants)).toMatchObject({
          status: 400,
          body: { error: { details: { fields: [{ path: 'participants' }] } } },
        });
      }
    }
    expect(lab.me.joinRequests(group)).toHaveLength(1);
  });

  it('is a conflict where members join without approval', async () => {
    expect(await answer(await lab.group(), 'approve', [lab.person().jid])).toMatchObject({
      status: 409,
      body: { error: { code: 'conflict', details: { reason: 'join_approval_off' } } },
    });
  });

  it('says of a look-up without answer that nothing was done', async () => {
    const person = lab.person();
    const group = await lab.group({ approval: true });
    person.joinByInvite(lab.me.inviteCode(group));
    lab.simulator.faults.closeOn(LOOK_UP);
    const stranger = lab.person();
    expect(await answer(group, 'approve', [stranger.number])).toMatchObject({
      status: 503,
      body: { error: { message: 'WhatsApp did not answer; nothing was done' } },
    });
    expect(lab.me.joinRequests(group)).toHaveLength(1);
    await lab.working();
  });

  it('answers 504, outcome unknown, when the connection breaks', async () => {
    const person = lab.person();
    const group = await lab.group({ approval: true });
    person.joinByInvite(lab.me.inviteCode(group));
    lab.simulator.faults.actThenClose(REQUESTS);
    expect(await answer(group, 'approve', [person.lid])).toMatchObject({
      status: 504,
      body: { error: { details: { outcome: 'unknown' } } },
    });
    await lab.working();
  });
});
