import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Account } from './account.js';
import type { RequestAction } from './context.js';
import { Choir, codeOf, NO_GROUP, NOBODY, PHONES, type Who } from './spec-support/choir.js';
import type { World } from './world.js';

let choir: Choir;
let world: World;
let people: Choir['people'];
let group: Choir['group'];
let changes: Choir['changes'];

function begin(switches?: ConstructorParameters<typeof Choir>[0]): void {
  choir = new Choir(switches);
  ({ world, people, group, changes } = choir);
  group.approval = true;
}

const by = (who: Who): { account: Account } => ({ account: people[who] });
const ask = (who: Who): string => world.invites.join(by(who), group.inviteCode).status;
const answer = (action: RequestAction, participants: string[], who: Who = 'owner'): number[] =>
  world.joinRequests.answer(by(who), group.jid, action, participants).map(({ code }) => code);

beforeEach(() => begin());

describe('join requests', () => {
  it('are listed oldest first, with who asked for whom', () => {
    group.memberAddMode = 'all_member_add';
    ask('stranger');
    choir.now += 60;
    world.membership.add(by('member'), group.jid, [PHONES.newcomer]);
    expect(world.joinRequests.list(by('admin'), group.jid)).toEqual([
      { account: people.stranger, at: choir.now - 60, method: 'invite_link' },
      { account: people.newcomer, at: choir.now, method: 'non_admin_add', requestor: people.member },
    ]);
  });

  it('are made once for one whom a member adds twice, and answered as asked for', () => {
    group.memberAddMode = 'all_member_add';
    const add = (): unknown[] => world.membership.add(by('member'), group.jid, [PHONES.newcomer, NOBODY]);
    expect([...add(), ...add()]).toMatchObject([{ code: 202 }, { code: 404 }, { code: 202 }, { code: 404 }]);
    expect(choir.roleOf('newcomer')).toBeUndefined();
    expect(choir.toldTypes()).toEqual(['join_requested']);
  });

  it('are not needed for those whom an admin adds', () => {
    world.membership.add(by('admin'), group.jid, [PHONES.newcomer]);
    expect(choir.roleOf('newcomer')).toBe('member');
  });

  it.each<[string, Partial<Choir['world']['switches']>, () => unknown, number]>([
    ['listing by a member', {}, () => world.joinRequests.list(by('member'), group.jid), 403],
    [
      'listing by a member, by the switch',
      { notAdminCode: 401 },
      () => world.joinRequests.list(by('member'), group.jid),
      401,
    ],
    ['listing by a stranger', {}, () => world.joinRequests.list(by('stranger'), group.jid), 403],
    ['listing for no group', {}, () => world.joinRequests.list(by('owner'), NO_GROUP), 404],
    ['approving by a member', {}, () => answer('approve', [PHONES.newcomer], 'member'), 403],
    ['rejecting by a stranger', {}, () => answer('reject', [PHONES.newcomer], 'stranger'), 403],
    ['approving nobody', {}, () => answer('approve', []), 400],
    ['withdrawing what was not asked', {}, () => world.joinRequests.withdraw(by('newcomer'), group.jid), 404],
  ])('%s is refused', (_name, switches, act, code) => {
    begin(switches);
    expect(codeOf(act)).toBe(code);
  });

  it('let one in who is approved, and say so as an add by the admin', () => {
    ask('newcomer');
    expect(answer('approve', [people.newcomer.lidJid])).toEqual([200]);
    expect(choir.roleOf('newcomer')).toBe('member');
    expect(group.joinRequests.size).toBe(0);
    expect(changes.slice(1)).toMatchObject([{ type: 'added', accounts: [people.newcomer], actor: by('owner') }]);
  });

  it('turn one away who is rejected, who can ask again', () => {
    ask('newcomer');
    expect(answer('reject', [people.newcomer.lidJid])).toEqual([200]);
    expect(choir.roleOf('newcomer')).toBeUndefined();
    expect(changes.slice(1)).toMatchObject([
      { type: 'join_request_revoked', accounts: [people.newcomer], actor: by('owner') },
    ]);
    expect(ask('newcomer')).toBe('requested');
  });

  it.each<RequestAction>(['approve', 'reject'])(
    '404 for one who did not ask, and %s the others all the same',
    (action) => {
      ask('newcomer');
      const { newcomer, stranger, member } = people;
      expect(answer(action, [stranger.lidJid, newcomer.lidJid, NOBODY, member.lidJid, newcomer.lidJid])).toEqual([
        404, 200, 404, 404, 404,
      ]);
    },
  );

  it('are found by LID only in a group that is addressed so, unless the switch says otherwise', () => {
    ask('newcomer');
    expect(answer('approve', [people.newcomer.phoneJid])).toEqual([404]);
    world.switches.requestersByPhone = true;
    expect(answer('approve', [people.newcomer.phoneJid])).toEqual([200]);
  });

  it('are found by phone number in a group that is addressed so', () => {
    const { jid } = world.createGroup(by('owner'), { subject: 'Old', addressingMode: 'pn', approval: true }).group;
    world.invites.join(by('newcomer'), world.group(jid).inviteCode);
    expect(world.joinRequests.answer(by('owner'), jid, 'approve', [people.newcomer.phoneJid])).toMatchObject([
      { code: 200 },
    ]);
  });

  it('419 for one who does not fit in any more, whose request stays', () => {
    ask('newcomer');
    world.switches.maxGroupSize = 3;
    expect(answer('approve', [people.newcomer.lidJid])).toEqual([419]);
    expect(group.joinRequests.has(people.newcomer)).toBe(true);
  });

  it('are refused as a whole where newcomers need no approval, or one by one by the switch', () => {
    group.approval = false;
    expect(codeOf(() => answer('approve', [people.newcomer.lidJid]))).toBe(409);
    world.switches.answerWithoutApprovalCode = 403;
    expect(codeOf(() => answer('reject', [people.newcomer.lidJid]))).toBe(403);
    world.switches.answerWithoutApprovalCode = 200;
    expect(answer('approve', [people.newcomer.lidJid])).toEqual([404]);
  });

  it('end when they are withdrawn, or approval is turned off', () => {
    ask('newcomer');
    ask('stranger');
    world.joinRequests.withdraw(by('newcomer'), group.jid);
    expect([...group.joinRequests.keys()]).toEqual([people.stranger]);
    world.settings.toggle(by('owner'), group.jid, 'approval', false);
    expect(group.joinRequests.size).toBe(0);
    expect(changes.slice(2)).toMatchObject([
      { type: 'join_request_revoked', accounts: [people.newcomer], actor: by('newcomer') },
      { type: 'setting', setting: 'approval' },
      { type: 'join_request_revoked', accounts: [people.stranger], actor: by('owner') },
    ]);
  });

  it('outlive approval by the switch', () => {
    world.switches.requestsOutliveApproval = true;
    ask('newcomer');
    world.settings.toggle(by('owner'), group.jid, 'approval', false);
    expect(group.joinRequests.size).toBe(1);
  });

  it('are granted when an admin adds the one who asked, whatever his privacy says', () => {
    people.newcomer.privacy = 'none';
    ask('newcomer');
    const [outcome] = world.membership.add(by('admin'), group.jid, [PHONES.newcomer]);
    expect([outcome?.code, group.joinRequests.size]).toEqual([200, 0]);
  });

  it('of somebody else do not override his privacy', () => {
    group.memberAddMode = 'all_member_add';
    world.membership.add(by('member'), group.jid, [PHONES.newcomer]);
    people.newcomer.privacy = 'none';
    expect(world.membership.add(by('admin'), group.jid, [PHONES.newcomer])).toMatchObject([{ code: 403 }]);
  });

  it('are answered as was imposed, whatever the rules say', () => {
    ask('newcomer');
    world.imposeCodes((address, action) => (address === PHONES.newcomer && action === 'approve' ? 500 : undefined));
    expect(answer('approve', [PHONES.newcomer, people.newcomer.lidJid])).toEqual([500, 200]);
  });
});
