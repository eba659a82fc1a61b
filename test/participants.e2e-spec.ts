import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { SimulatedPhone } from '#simulator';
import { eventually } from './support/eventually.js';
import { ParticipantsLab, type Standing } from './support/participants-lab.js';

type Action = 'add' | 'remove' | 'promote' | 'demote' | 'approve' | 'reject';

const ACTIONS: readonly Action[] = ['add', 'remove', 'promote', 'demote', 'approve', 'reject'];
const ADDRESSINGS = ['pn', 'lid'] as const;
const NOT_ADMIN = { status: 403, body: { error: { code: 'forbidden', details: { reason: 'not_group_admin' } } } };
const NO_GROUP = { status: 404, body: { error: { code: 'not_found', message: 'group not found' } } };
const APPROVAL_OFF = { status: 409, body: { error: { code: 'conflict', details: { reason: 'join_approval_off' } } } };
const QUERY = { tag: 'iq', type: 'set', xmlns: 'w:g2' } as const;
const STRING: unknown = expect.any(String);
const UNKNOWN_PHONE = '6289999999999';

let lab: ParticipantsLab;

beforeAll(async () => {
  lab = await ParticipantsLab.start();
});

afterAll(() => lab.stop());

afterEach(() => lab.forget());

/** A group in which `action` has something to do for `person`: a member, an admin, somebody who asked, or a stranger. */
async function groupFor(action: Action, person: SimulatedPhone, addressing: 'pn' | 'lid'): Promise<string> {
  const asksToJoin = action === 'approve' || action === 'reject';
  const isMember = action === 'remove' || action === 'promote' || action === 'demote';
  const group = await lab.group({ addressing, approval: asksToJoin, members: isMember ? [person] : [] });
  if (asksToJoin) person.joinByInvite(lab.me.inviteCode(group));
  if (action === 'demote') {
    lab.me.promote(group, [person.jid]);
    await eventually(async () => expect((await lab.roles(group)).get(person.number)).toBe('admin'));
  }
  return group;
}

const DONE: [Action, string | undefined][] = [
  ['add', 'member'],
  ['remove', undefined],
  ['promote', 'admin'],
  ['demote', 'member'],
  ['approve', 'member'],
  ['reject', undefined],
];

describe.each(ADDRESSINGS)('in a group addressed by %s', (addressing) => {
  describe.each(DONE)('%s', (action, role) => {
    it.each(['phone number', 'phone JID', 'LID'])('is done for who is named by %s, and stored', async (naming) => {
      const person = lab.person();
      const group = await groupFor(action, person, addressing);
      const input = naming === 'LID' ? person.lid : naming === 'phone JID' ? person.jid : person.number;
      lab.simulator.log.clear();
      expect(await lab.outcomes(group, action, [input])).toEqual({
        groupJid: group,
        action,
        partial: false,
        participants: [{ input, jid: person.jid, lid: person.lid, success: true }],
      });
      expect((await lab.roles(group)).get(person.number)).toBe(role);
      expect(lab.simulator.log.count(QUERY)).toBe(1);
    });
  });

  it.each<[Action, number, string | undefined]>([
    ['add', 401, 'blocked'],
    ['add', 403, 'privacy_blocked'],
    ['add', 404, 'not_on_whatsapp'],
    ['add', 408, 'recently_left'],
    ['add', 409, 'already_member'],
    ['add', 419, 'group_full'],
    ['add', 500, 'unknown'],
    ['remove', 404, 'not_a_member'],
    ['remove', 405, 'unknown'],
    ['promote', 404, 'not_a_member'],
    ['promote', 409, undefined],
    ['promote', 419, 'unknown'],
    ['demote', 404, 'not_a_member'],
    ['demote', 409, undefined],
    ['demote', 405, 'unknown'],
    ['approve', 404, 'no_pending_request'],
    ['approve', 409, 'already_member'],
    ['approve', 419, 'group_full'],
    ['approve', 500, 'unknown'],
    ['reject', 404, 'no_pending_request'],
    ['reject', 500, 'unknown'],
  ])('%s: what WhatsApp answers with %i for one is %s, and the others are done', async (action, code, reason) => {
    const [person, other] = [lab.person(), lab.person()];
    const group = await groupFor(action, person, addressing);
    const isMember = action === 'remove' || action === 'promote' || action === 'demote';
    if (isMember) lab.me.add(group, [other.jid]);
    if (action === 'approve' || action === 'reject') other.joinByInvite(lab.me.inviteCode(group));
    lab.simulator.faults.participantError(person.number, code);
    const { partial, participants } = await lab.outcomes(group, action, [person.number, other.number]);
    const [refused, done] = participants;
    expect(done).toMatchObject({ input: other.number, success: true });
    expect(partial).toBe(reason !== undefined);
    const base = { input: person.number, jid: person.jid, lid: person.lid };
    if (reason === undefined) expect(refused).toEqual({ ...base, success: true });
    else {
      const message: unknown = expect.stringMatching(/^[a-z]/);
      const withInvite = action === 'add' && (code === 403 || code === 408);
      const invite = { inviteCode: expect.any(String), inviteExpiresAt: expect.any(Number) };
      expect(refused).toEqual({
        ...base,
        success: false,
        error: { reason, message, whatsappCode: code, ...(withInvite && invite) },
      });
    }
  });
});

describe('rights', () => {
  it.each(
    ACTIONS.flatMap((action): [Action, Standing, object][] => [
      [action, 'member', NOT_ADMIN],
      [action, 'left', NO_GROUP],
      [action, 'stranger', NO_GROUP],
    ]),
  )('%s by an account that is %s of the group', async (action, standing, answer) => {
    const person = lab.person();
    const group = await lab.group({ standing, approval: true, members: [person] });
    expect(await lab.act(group, action, [person.jid])).toMatchObject(answer);
  });

  it.each<Action>(['approve', 'reject'])(
    '%s where members join without approval is a conflict, without asking',
    async (action) => {
      const person = lab.person();
      const group = await lab.group();
      lab.simulator.log.clear();
      expect(await lab.act(group, action, [person.jid])).toMatchObject(APPROVAL_OFF);
      expect(lab.simulator.log.count({ tag: 'iq' })).toBe(0);
    },
  );

  it.each<Action>(['approve', 'reject'])(
    '%s that WhatsApp refuses as a conflict says that approval is off',
    async (action) => {
      const person = lab.person();
      const group = await groupFor(action, person, 'lid');
      lab.simulator.faults.iqError({ ...QUERY, child: 'membership_requests_action' }, 409, 'conflict');
      expect(await lab.act(group, action, [person.lid])).toMatchObject(APPROVAL_OFF);
    },
  );

  it('a plain member may not add even where the group lets members add, and WhatsApp is not asked', async () => {
    const group = await lab.group({ standing: 'member' });
    lab.owner.changeMemberAddMode(group, 'all_member_add');
    await lab.stored(group, { memberAddMode: 'all_member_add' });
    lab.simulator.log.clear();
    expect(await lab.act(group, 'add', [lab.person().jid])).toMatchObject(NOT_ADMIN);
    expect(lab.simulator.log.count(QUERY)).toBe(0);
  });
});

describe('a mixed list (pains 9 and 10)', () => {
  it('shows a success, a privacy refusal with its invite, a member and an absentee, each by the way it was written', async () => {
    const [added, guarded, member] = [lab.person(), lab.person(), lab.person()];
    guarded.account.privacy = 'none';
    const group = await lab.group({ members: [member] });
    const inputs = [added.number, guarded.jid, `${member.number}:7@s.whatsapp.net`, UNKNOWN_PHONE, added.jid];
    const { partial, participants } = await lab.outcomes(group, 'add', inputs);
    expect(partial).toBe(true);
    expect(participants.map(({ input, success, error }) => [input, success, error?.reason])).toEqual([
      [added.number, true, undefined],
      [guarded.jid, false, 'privacy_blocked'],
      [`${member.number}:7@s.whatsapp.net`, false, 'already_member'],
      [UNKNOWN_PHONE, false, 'not_on_whatsapp'],
    ]);
    const { inviteCode = '', inviteExpiresAt = 0 } = participants[1]?.error ?? {};
    expect(inviteExpiresAt).toBeGreaterThan(Date.now());
    expect(guarded.acceptPersonalInvite(inviteCode)).toBe('joined');
    expect(JSON.stringify(lab.gateway.log)).not.toContain(inviteCode);
  });
});

describe('somebody who is named by phone number and by LID', () => {
  it.each<[Action, boolean]>([
    ['remove', true],
    ['add', false],
  ])('is acted on once, and told of by both: %s', async (action, isMember) => {
    const person = lab.person();
    // Who is who is learnt from a group.
    const known = await lab.group({ members: [person] });
    const group = isMember ? known : await lab.group();
    const { partial, participants } = await lab.outcomes(group, action, [person.number, UNKNOWN_PHONE, person.lid]);
    expect(participants.map(({ input, jid, lid, success }) => [input, jid, lid, success])).toEqual([
      [person.number, person.jid, person.lid, true],
      [UNKNOWN_PHONE, `${UNKNOWN_PHONE}@s.whatsapp.net`, undefined, false],
      [person.lid, person.jid, person.lid, true],
    ]);
    expect(partial).toBe(true);
  });

  it('is sent one invite', async () => {
    const guarded = lab.person();
    await lab.group({ members: [guarded] });
    guarded.account.privacy = 'none';
    const [group, named] = [await lab.group(), [guarded.lid, guarded.number]];
    lab.simulator.log.clear();
    const { participants } = await lab.outcomes(group, 'add', named, { inviteFallback: true });
    expect(participants.map(({ inviteSent }) => inviteSent)).toEqual([true, true]);
    expect(lab.simulator.log.count({ tag: 'message' })).toBe(1);
  });
});

describe('what names the group', () => {
  it('is its JID, an invite code or an invite link, percent-encoded', async () => {
    const person = lab.person();
    const group = await lab.group();
    const code = lab.me.inviteCode(group);
    for (const gid of [
      group,
      group.replace('@', '%40'),
      code,
      encodeURIComponent(`https://chat.whatsapp.com/${code}`),
    ]) {
      expect(await lab.outcomes(gid, 'add', [person.jid])).toMatchObject({
        groupJid: group,
        participants: [{ jid: person.jid, success: true }],
      });
      await lab.outcomes(gid, 'remove', [person.jid]);
    }
    expect(JSON.stringify(lab.gateway.log)).not.toContain(code);
  });

  it('is refused when it is none of them, and when the invite leads nowhere any more', async () => {
    const group = await lab.group();
    const reset = lab.me.inviteCode(group);
    lab.me.resetInvite(group);
    const answer = {
      status: 400,
      body: { error: { code: 'validation_error', details: { fields: [{ path: 'gid' }] } } },
    };
    for (const gid of ['nonsense', '5511999999999@s.whatsapp.net', reset]) {
      expect(await lab.act(gid, 'add', [lab.person().jid])).toMatchObject(answer);
    }
  });

  it('is looked up after the session: 404 for an unknown one', async () => {
    const code = lab.me.inviteCode(await lab.group());
    const path = `/api/v1/sessions/01HZ0SESSION0000000000000/groups/${code}/participants`;
    const body = { action: 'add', participants: [lab.person().jid] };
    expect(await lab.gateway.request('POST', path, { token: lab.token, body })).toMatchObject({
      status: 404,
      body: { error: { message: 'session not found' } },
    });
  });

  it('is 404 when the account is not in the group that an invite leads to', async () => {
    const group = await lab.group({ standing: 'stranger' });
    expect(await lab.act(lab.owner.inviteCode(group), 'add', [lab.person().jid])).toMatchObject(NO_GROUP);
  });

  it('costs a question whose silence is no unknown outcome: nothing was done', async () => {
    const code = lab.me.inviteCode(await lab.group());
    lab.simulator.faults.closeOn({ tag: 'iq', type: 'get', xmlns: 'w:g2', child: 'invite' });
    expect(await lab.act(code, 'add', [lab.person().jid])).toMatchObject({
      status: 503,
      body: { error: { code: 'gateway_unavailable', message: 'WhatsApp did not answer; nothing was done' } },
    });
    await lab.working();
  });
});

describe('bad input', () => {
  it.each<[string, object, string, string]>([
    ['no action', { participants: ['6281300000001'] }, 'action', 'is required'],
    [
      'an action that there is not',
      { action: 'ban', participants: ['6281300000001'] },
      'action',
      'Invalid action. Must be one of: add, remove, promote, demote, approve, reject',
    ],
    ['an empty list', { action: 'add', participants: [] }, 'participants', 'must not be empty'],
    ['an empty list to reject', { action: 'reject', participants: [] }, 'participants', 'must not be empty'],
    ['no list', { action: 'add' }, 'participants', 'is required'],
    [
      'an invite for those who are removed',
      { action: 'remove', participants: ['6281300000001'], inviteFallback: true },
      'inviteFallback',
      'goes with the action add only',
    ],
    [
      '1,025 participants',
      { action: 'add', participants: Array.from({ length: 1_025 }, (_, index) => String(6281400000000 + index)) },
      'participants',
      'must have at most 1024 items',
    ],
  ])('answers 400 for %s', async (_, body, path, message) => {
    const group = await lab.group();
    lab.simulator.log.clear();
    expect(await lab.post(`/groups/${group}/participants`, body)).toMatchObject({
      status: 400,
      body: { error: { code: 'validation_error', details: { fields: [{ path, message }] } } },
    });
    expect(lab.simulator.log.count(QUERY)).toBe(0);
  });

  it('names each bad item by its index', async () => {
    const participants = [
      '6281300000001',
      'nonsense',
      '199789077627112@lid',
      '1@g.us',
      5,
      '6281300000002@s.whatsapp.net',
    ];
    const { status, body } = await lab.act('120363041234567890@g.us', 'add', participants);
    expect(status).toBe(400);
    const { fields } = (body as { error: { details: { fields: { path: string }[] } } }).error.details;
    expect(fields.map(({ path }) => path)).toEqual(['participants[1]', 'participants[3]', 'participants[4]']);
  });

  it('needs `send`, before all else', async () => {
    const reader = await lab.gateway.apiKey(['read']);
    const path = `/api/v1/sessions/${lab.session}/groups/nonsense/participants`;
    expect(await lab.gateway.request('POST', path, { token: reader, body: '{' })).toMatchObject({
      status: 403,
      body: { error: { details: { reason: 'capability_missing' } } },
    });
  });
});

describe('inviteFallback', () => {
  it('sends an invite to those whose privacy refuses, and to no one else', async () => {
    const [guarded, open, gone] = [lab.person(), lab.person(), lab.person()];
    guarded.account.privacy = 'none';
    const group = await lab.group();
    lab.simulator.faults.participantError(gone.number, 408);
    const people = [open.number, guarded.number, gone.number];
    const { participants } = await lab.outcomes(group, 'add', people, { inviteFallback: true });
    expect(participants.map(({ success, inviteSent }) => [success, inviteSent])).toEqual([
      [true, undefined],
      [false, true],
      [false, undefined],
    ]);
    const invite = await guarded.nextInvite();
    const { inviteCode, inviteExpiresAt = 0 } = participants[1]?.error ?? {};
    expect(invite).toMatchObject({ groupJid: group, code: inviteCode, from: lab.me.number, subject: 'lid admin' });
    expect(invite.expiresAt * 1_000).toBe(inviteExpiresAt);
    expect(guarded.acceptPersonalInvite(invite.code)).toBe('joined');
    expect(gone.invitesReceived).toEqual([]);
  });

  it('goes on after an invite that WhatsApp turns down; the invite is in the answer all the same', async () => {
    const [one, two] = [lab.person(), lab.person()];
    for (const { account } of [one, two]) account.privacy = 'none';
    const group = await lab.group();
    lab.simulator.faults.nack(479);
    const { participants } = await lab.outcomes(group, 'add', [one.jid, two.jid], { inviteFallback: true });
    expect(participants).toMatchObject([
      { success: false, inviteSent: false, error: { inviteCode: STRING } },
      { success: false, inviteSent: true },
    ]);
    expect(one.invitesReceived).toEqual([]);
  });

  it('stops at a restriction of the account', async () => {
    const [one, two] = [lab.person(), lab.person()];
    for (const { account } of [one, two]) account.privacy = 'none';
    const group = await lab.group();
    lab.simulator.faults.nack(463);
    const { participants } = await lab.outcomes(group, 'add', [one.jid, two.jid], { inviteFallback: true });
    expect(participants.map(({ inviteSent }) => inviteSent)).toEqual([false, false]);
    expect(lab.simulator.log.count({ tag: 'message', to: two.lid })).toBe(0);
  });

  it('is off unless it is asked for', async () => {
    const guarded = lab.person();
    guarded.account.privacy = 'none';
    const { participants } = await lab.outcomes(await lab.group(), 'add', [guarded.jid]);
    expect(participants[0]).not.toHaveProperty('inviteSent');
    expect(guarded.invitesReceived).toEqual([]);
  });
});
