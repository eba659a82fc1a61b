import { beforeEach, describe, expect, it } from '@jest/globals';
import { Choir, codeOf, NO_GROUP, PHONES, type Who } from './spec-support/choir.js';
import type { World } from './world.js';

let choir: Choir;
let world: World;
let people: Choir['people'];
let group: Choir['group'];

function begin(switches?: ConstructorParameters<typeof Choir>[0]): void {
  choir = new Choir(switches);
  ({ world, people, group } = choir);
}

beforeEach(() => begin());

describe('who may do what', () => {
  const actions: Record<string, (who: Who) => unknown> = {
    add: (who) => world.membership.add({ account: people[who] }, group.jid, [PHONES.newcomer]),
    remove: (who) => world.membership.remove({ account: people[who] }, group.jid, [PHONES.member]),
    promote: (who) => world.membership.promote({ account: people[who] }, group.jid, [PHONES.member]),
    demote: (who) => world.membership.demote({ account: people[who] }, group.jid, [PHONES.admin]),
    subject: (who) => world.settings.subject({ account: people[who] }, group.jid, 'New'),
    description: (who) => world.settings.description({ account: people[who] }, group.jid, 'New'),
    ephemeral: (who) => world.settings.ephemeral({ account: people[who] }, group.jid, 86_400),
    announcement: (who) => world.settings.toggle({ account: people[who] }, group.jid, 'announcement', true),
    approval: (who) => world.settings.toggle({ account: people[who] }, group.jid, 'approval', true),
    memberAddMode: (who) => world.settings.memberAddMode({ account: people[who] }, group.jid, 'all_member_add'),
    resetInvite: (who) => world.invites.reset({ account: people[who] }, group.jid),
    readInvite: (who) => world.invites.code({ account: people[who] }, group.jid),
    read: (who) => world.readGroup({ account: people[who] }, group.jid),
  };

  it.each([
    // action, owner, admin, member, stranger
    ['add', 200, 200, 403, 403],
    ['remove', 200, 200, 403, 403],
    ['promote', 200, 200, 403, 403],
    ['demote', 200, 200, 403, 403],
    ['subject', 200, 200, 200, 403],
    ['description', 200, 200, 200, 403],
    ['ephemeral', 200, 200, 200, 403],
    ['announcement', 200, 200, 403, 403],
    ['approval', 200, 200, 403, 403],
    ['memberAddMode', 200, 200, 403, 403],
    ['resetInvite', 200, 200, 403, 403],
    ['readInvite', 200, 200, 401, 403],
    ['read', 200, 200, 200, 403],
  ])('%s: owner %i, admin %i, member %i, stranger %i', (action, ...codes) => {
    const actual = (['owner', 'admin', 'member', 'stranger'] as const).map((who) => {
      begin();
      return codeOf(() => actions[action]?.(who));
    });
    expect(actual).toEqual(codes);
  });

  it.each(['subject', 'description', 'ephemeral'])('%s is for admins once the group is locked', (action) => {
    group.locked = true;
    expect(codeOf(() => actions[action]?.('member'))).toBe(403);
    expect(codeOf(() => actions[action]?.('admin'))).toBe(200);
  });

  it('members may add where the group says so', () => {
    group.memberAddMode = 'all_member_add';
    expect(codeOf(() => actions.add?.('member'))).toBe(200);
    expect(codeOf(() => actions.add?.('stranger'))).toBe(403);
  });

  it('an ordinary member is refused with 401 by the switch', () => {
    begin({ notAdminCode: 401 });
    expect(codeOf(() => actions.promote?.('member'))).toBe(401);
    expect(codeOf(() => actions.promote?.('stranger'))).toBe(403);
  });

  it.each(['add', 'remove', 'promote', 'demote'] as const)(
    '%s: 404 without the group, 400 without participants',
    (action) => {
      const owner = { account: people.owner };
      expect(codeOf(() => world.membership[action](owner, NO_GROUP, [PHONES.member]))).toBe(404);
      expect(codeOf(() => world.membership[action](owner, group.jid, []))).toBe(400);
    },
  );
});
