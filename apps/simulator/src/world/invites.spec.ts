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
