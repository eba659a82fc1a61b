import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Role } from './group.js';
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
}

beforeEach(() => begin());

describe('adding', () => {
  const add = (...participants: string[]): { code: number; invited: boolean }[] =>
    world.membership
      .add({ account: people.owner }, group.jid, participants)
      .map(({ code, invite }) => ({ code, invited: invite !== undefined }));

  it.each<[string, () => void, { code: number; invited: boolean }]>([
    ['takes in who agrees to it', () => undefined, { code: 200, invited: false }],
    ['401 for one who blocked the admin', () => people.newcomer.block(people.owner), { code: 401, invited: false }],
    [
      '403 and an invite for one whom only contacts add',
      () => void (people.newcomer.privacy = 'contacts'),
      { code: 403, invited: true },
    ],
    [
      '403 and an invite for one whom nobody adds',
      () => void (people.newcomer.privacy = 'none'),
      { code: 403, invited: true },
    ],
    [
      'takes in one whose contact the admin is',
      () => {
        people.newcomer.privacy = 'contacts';
        people.newcomer.addContact(people.owner);
      },
      { code: 200, invited: false },
    ],
    [
      '408 and an invite for one who left a while ago',
      () => {
        group.admit(people.newcomer);
        world.membership.leave({ account: people.newcomer }, [group.jid]);
        choir.now += 86_399;
      },
      { code: 408, invited: true },
    ],
    [
      'takes in one who left a day ago',
      () => {
        group.admit(people.newcomer);
        world.membership.leave({ account: people.newcomer }, [group.jid]);
        choir.now += 86_400;
      },
      { code: 200, invited: false },
    ],
    [
      'takes in one who was removed by an admin',
      () => {
        group.admit(people.newcomer);
        world.membership.remove({ account: people.owner }, group.jid, [PHONES.newcomer]);
      },
      { code: 200, invited: false },
    ],
    ['409 for a member', () => group.admit(people.newcomer), { code: 409, invited: false }],
    ['419 when the group is full', () => void (world.switches.maxGroupSize = 3), { code: 419, invited: false }],
  ])('%s', (_name, prepare, expected) => {
    prepare();
    expect(add(PHONES.newcomer)).toEqual([expected]);
    expect(choir.roleOf('newcomer')).toBe(expected.code === 200 || expected.code === 409 ? 'member' : undefined);
  });

  it('404 for a number that is not on WhatsApp, and the others all the same', () => {
    expect(add(NOBODY, PHONES.newcomer).map(({ code }) => code)).toEqual([404, 200]);
    expect(changes).toMatchObject([{ type: 'added', accounts: [people.newcomer], actor: { account: people.owner } }]);
  });

  it('takes phone JIDs, LIDs and bare numbers, and answers each as it was sent', () => {
    const inputs = [people.newcomer.lidJid, people.stranger.phoneJid, PHONES.member];
    const outcomes = world.membership.add({ account: people.owner }, group.jid, inputs);
    expect(outcomes.map(({ input, code }) => [input, code])).toEqual([
      [inputs[0], 200],
      [inputs[1], 200],
      [inputs[2], 409],
    ]);
  });

  it('tells nobody when nobody was taken in', () => {
    add(NOBODY, PHONES.member);
    expect(changes).toEqual([]);
  });

  it('keeps the personal invite until its owner is in', () => {
    people.newcomer.privacy = 'none';
    add(PHONES.newcomer);
    expect(group.personalInvites.get(people.newcomer)).toMatchObject({
      invitedBy: people.owner,
      expiresAt: choir.now + 259_200,
    });
    group.admit(people.newcomer);
    expect(group.personalInvites.size).toBe(0);
  });

  it('answers what was imposed, whatever the rules say', () => {
    world.imposeCodes((address, action) => (address === PHONES.newcomer && action === 'add' ? 403 : undefined));
    expect(add(PHONES.newcomer)).toEqual([{ code: 403, invited: true }]);
  });
});

describe('removing, promoting and demoting', () => {
  it.each<[string, 'remove' | 'promote' | 'demote', Who, number, Role | undefined, string[]]>([
    ['removes a member', 'remove', 'member', 200, undefined, ['removed']],
    ['removes an admin', 'remove', 'admin', 200, undefined, ['removed']],
    ['does not find a stranger to remove', 'remove', 'stranger', 404, undefined, []],
    ['promotes a member', 'promote', 'member', 200, 'admin', ['promoted']],
    ['accepts to promote an admin, and changes nothing', 'promote', 'admin', 200, 'admin', []],
    ['accepts to promote the owner, and changes nothing', 'promote', 'owner', 200, 'superadmin', []],
    ['does not find a stranger to promote', 'promote', 'stranger', 404, undefined, []],
    ['demotes an admin', 'demote', 'admin', 200, 'member', ['demoted']],
    ['accepts to demote a member, and changes nothing', 'demote', 'member', 200, 'member', []],
    ['does not demote the owner', 'demote', 'owner', 405, 'superadmin', []],
    ['does not find a stranger to demote', 'demote', 'stranger', 404, undefined, []],
  ])('%s', (_name, action, target, code, role, told) => {
    const outcomes = world.membership[action]({ account: people.owner }, group.jid, [PHONES[target]]);
    expect(outcomes).toMatchObject([{ input: PHONES[target], code }]);
    expect(choir.roleOf(target)).toBe(role);
    expect(choir.toldTypes()).toEqual(told);
  });

  it('does not let an admin remove the owner, by the code of the switch', () => {
    begin({ superadminProtectedCode: 406 });
    const [outcome] = world.membership.remove({ account: people.admin }, group.jid, [PHONES.owner]);
    expect(outcome?.code).toBe(406);
    expect(choir.roleOf('owner')).toBe('superadmin');
  });

  it('refuses a role that is already there by the switch', () => {
    begin({ repeatedRoleChangeCode: 409 });
    const actor = { account: people.owner };
    expect(world.membership.promote(actor, group.jid, [PHONES.admin])[0]?.code).toBe(409);
    expect(world.membership.demote(actor, group.jid, [PHONES.member])[0]?.code).toBe(409);
  });

  it('knows one who removes himself from one who is removed', () => {
    world.membership.remove({ account: people.admin }, group.jid, [PHONES.admin]);
    world.membership.remove({ account: people.owner }, group.jid, [PHONES.member]);
    expect([...group.left.keys()]).toEqual([people.admin]);
    expect([...group.removed]).toEqual([people.member]);
  });
});

describe('leaving', () => {
  it('answers 200, 403 when not in it, and 404 when there is none', () => {
    const results = world.membership.leave({ account: people.member }, [group.jid, group.jid, NO_GROUP]);
    expect(results.map(({ code }) => code)).toEqual([200, 403, 404]);
    expect(choir.toldTypes()).toEqual(['left']);
  });

  it('makes the longest-serving member an admin when no admin is left', () => {
    world.membership.leave({ account: people.admin }, [group.jid]);
    world.membership.leave({ account: people.owner }, [group.jid]);
    expect(choir.roleOf('member')).toBe('admin');
    expect(changes.at(-1)).toMatchObject({ type: 'promoted', accounts: [people.member] });
    expect(changes.at(-1)?.actor).toBeUndefined();
  });

  it('needs a group', () => {
    expect(codeOf(() => world.membership.leave({ account: people.member }, []))).toBe(400);
  });
});
