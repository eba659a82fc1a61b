import { beforeEach, describe, expect, it } from '@jest/globals';
import { Choir, codeOf, PHONES, type Who } from './spec-support/choir.js';
import type { Switches } from './switches.js';
import type { World } from './world.js';

let choir: Choir;
let world: World;
let people: Choir['people'];
let group: Choir['group'];
let changes: Choir['changes'];

function begin(switches?: ConstructorParameters<typeof Choir>[0]): void {
  choir = new Choir(switches);
  ({ world, people, group, changes } = choir);
}

beforeEach(() => begin());

describe('invites', () => {
  const join = (who: Who, code = group.inviteCode): string => world.invites.join({ account: people[who] }, code).status;

  it('lets somebody in, and says by invite', () => {
    expect(join('newcomer')).toBe('joined');
    expect(choir.roleOf('newcomer')).toBe('member');
    expect(changes).toMatchObject([
      { type: 'added', reason: 'invite', accounts: [people.newcomer], actor: { account: people.newcomer } },
    ]);
  });

  it('records one request where admins approve, however often it is made', () => {
    group.approval = true;
    expect([join('newcomer'), join('newcomer')]).toEqual(['requested', 'requested']);
    expect(group.joinRequests.get(people.newcomer)).toEqual({
      account: people.newcomer,
      at: choir.now,
      method: 'invite_link',
    });
    expect(choir.roleOf('newcomer')).toBeUndefined();
    expect(choir.toldTypes()).toEqual(['join_requested']);
  });

  it.each<[string, Partial<Switches>, () => unknown, number]>([
    ['a malformed code', {}, () => join('newcomer', 'x'), 406],
    ['a code that leads nowhere', {}, () => join('newcomer', 'A'.repeat(22)), 404],
    [
      'a code that leads nowhere, by the switch',
      { unknownInviteCode: 406 },
      () => join('newcomer', 'A'.repeat(22)),
      406,
    ],
    ['a member', {}, () => join('member'), 409],
    ['a full group', { maxGroupSize: 3 }, () => join('newcomer'), 419],
  ])('refuses %s', (_name, switches, act, code) => {
    begin(switches);
    expect(codeOf(act)).toBe(code);
  });

  it('answers a member as if joined, by the switch', () => {
    begin({ joinAgainCode: 200 });
    expect(join('member')).toBe('joined');
    expect(changes).toEqual([]);
  });

  it('refuses a code that was reset, and one of a group that ended', () => {
    const code = group.inviteCode;
    world.invites.reset({ account: people.owner }, group.jid);
    expect(codeOf(() => join('newcomer', code))).toBe(410);
    expect(codeOf(() => world.invites.resolve(code))).toBe(410);
    world.endGroup(group.jid);
    expect(codeOf(() => join('newcomer'))).toBe(410);
  });

  it('keeps out one who was removed, by the switch', () => {
    const removed = (): number => {
      world.membership.remove({ account: people.owner }, group.jid, [PHONES.member]);
      return codeOf(() => join('member'));
    };
    expect(removed()).toBe(200);
    begin({ removedMayRejoin: false });
    expect(removed()).toBe(401);
  });
});

describe('personal invites', () => {
  const invite = (from: Who = 'owner'): { code: string; expiresAt: number } => {
    people.newcomer.privacy = 'none';
    const [outcome] = world.membership.add({ account: people[from] }, group.jid, [PHONES.newcomer]);
    if (outcome?.invite === undefined) throw new Error('no invite was handed out');
    return outcome.invite;
  };
  const accept = (code: string, more: { expiresAt?: number; admin?: string } = {}, who: Who = 'newcomer'): string =>
    world.invites.acceptPersonal({ account: people[who] }, group.jid, { code, ...more }).status;

  it('let in the one they are for, whatever his privacy says', () => {
    const { code, expiresAt } = invite();
    expect(accept(code, { expiresAt, admin: people.owner.phoneJid })).toBe('joined');
    expect(choir.roleOf('newcomer')).toBe('member');
    expect(changes).toMatchObject([
      { type: 'added', reason: 'invite', accounts: [people.newcomer], actor: { account: people.newcomer } },
    ]);
    expect(group.personalInvites.size).toBe(0);
  });

  it('of an admin need no approval, those of a member do', () => {
    group.approval = true;
    expect(accept(invite().code)).toBe('joined');
    begin();
    group.approval = true;
    group.memberAddMode = 'all_member_add';
    expect(accept(invite('member').code)).toBe('requested');
    expect(group.joinRequests.has(people.newcomer)).toBe(true);
  });

  it.each<[string, (code: string) => unknown, number]>([
    ['by somebody else', (code) => accept(code, {}, 'stranger'), 404],
    ['with another code', () => accept('A'.repeat(22)), 404],
    ['as of another admin', (code) => accept(code, { admin: people.admin.lidJid }), 404],
    ['with another end', (code) => accept(code, { expiresAt: choir.now + 1 }), 404],
    ['when it expired', (code) => ((choir.now += 259_200), accept(code)), 410],
    ['when it was used', (code) => (accept(code), group.members.delete(people.newcomer), accept(code)), 404],
    ['by a member', (code) => (group.admit(people.newcomer), accept(code)), 409],
    ['into a full group', (code) => ((world.switches.maxGroupSize = 3), accept(code)), 419],
    ['into a group that ended', (code) => (world.endGroup(group.jid), accept(code)), 404],
  ])('are refused %s', (_name, act, code) => {
    const { code: handedOut } = invite();
    expect(codeOf(() => act(handedOut))).toBe(code);
  });

  it('lead to their group by the code alone', () => {
    expect(world.invites.groupOfPersonal(people.newcomer, invite().code)).toBe(group);
    expect(codeOf(() => world.invites.groupOfPersonal(people.stranger, invite().code))).toBe(404);
  });
});
