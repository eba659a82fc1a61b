import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Account } from './account.js';
import type { WorldChange } from './changes.js';
import type { Group, Role } from './group.js';
import type { Switches } from './switches.js';
import { WorldError } from './world-error.js';
import { World } from './world.js';

type Who = 'owner' | 'admin' | 'member' | 'stranger';

const PHONES: Record<Who | 'newcomer', string> = {
  owner: '4915100000001',
  admin: '4915100000002',
  member: '4915100000003',
  stranger: '4915100000004',
  newcomer: '4915100000005',
};
const NOBODY = '4915199999999';
const NO_GROUP = '120363999999999999@g.us';

let now: number;
let world: World;
let people: Record<Who | 'newcomer', Account>;
let group: Group;
let changes: WorldChange[];

function begin(switches: Partial<Switches> = {}): void {
  now = 1_700_000_000;
  world = new World({ switches, now: () => now });
  const entries = Object.entries(PHONES).map(
    ([name, phone]) => [name, world.directory.create({ phone, name })] as const,
  );
  people = Object.fromEntries(entries) as typeof people;
  const { owner, admin } = people;
  group = world.createGroup(
    { account: owner },
    { subject: 'Choir', participants: [PHONES.admin, PHONES.member] },
  ).group;
  group.members.set(admin, 'admin');
  changes = [];
  world.onChange((change) => void changes.push(change));
}

/** 200, or the code of the refusal. */
function codeOf(act: () => unknown): number {
  try {
    act();
    return 200;
  } catch (error) {
    if (error instanceof WorldError) return error.code;
    throw error;
  }
}

const roleOf = (who: Who | 'newcomer'): Role | undefined => group.members.get(people[who]);
const toldTypes = (): string[] => changes.map(({ type }) => type);

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
        now += 86_399;
      },
      { code: 408, invited: true },
    ],
    [
      'takes in one who left a day ago',
      () => {
        group.admit(people.newcomer);
        world.membership.leave({ account: people.newcomer }, [group.jid]);
        now += 86_400;
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
    expect(roleOf('newcomer')).toBe(expected.code === 200 || expected.code === 409 ? 'member' : undefined);
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
      expiresAt: now + 259_200,
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
  it.each<[string, 'remove' | 'promote' | 'demote', Who | 'newcomer', number, Role | undefined, string[]]>([
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
    expect(roleOf(target)).toBe(role);
    expect(toldTypes()).toEqual(told);
  });

  it('does not let an admin remove the owner, by the code of the switch', () => {
    begin({ superadminProtectedCode: 406 });
    const [outcome] = world.membership.remove({ account: people.admin }, group.jid, [PHONES.owner]);
    expect(outcome?.code).toBe(406);
    expect(roleOf('owner')).toBe('superadmin');
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
    expect(toldTypes()).toEqual(['left']);
  });

  it('makes the longest-serving member an admin when no admin is left', () => {
    world.membership.leave({ account: people.admin }, [group.jid]);
    world.membership.leave({ account: people.owner }, [group.jid]);
    expect(roleOf('member')).toBe('admin');
    expect(changes.at(-1)).toMatchObject({ type: 'promoted', accounts: [people.member] });
    expect(changes.at(-1)?.actor).toBeUndefined();
  });

  it('needs a group', () => {
    expect(codeOf(() => world.membership.leave({ account: people.member }, []))).toBe(400);
  });
});

describe('settings', () => {
  const owner = (): { account: Account } => ({ account: people.owner });

  it.each<[string, () => void, () => unknown, unknown]>([
    ['subject', () => world.settings.subject(owner(), group.jid, 'New'), () => group.subject, 'New'],
    ['description', () => world.settings.description(owner(), group.jid, 'New'), () => group.description?.text, 'New'],
    [
      'announcement',
      () => world.settings.toggle(owner(), group.jid, 'announcement', true),
      () => group.announcement,
      true,
    ],
    ['locked', () => world.settings.toggle(owner(), group.jid, 'locked', true), () => group.locked, true],
    ['approval', () => world.settings.toggle(owner(), group.jid, 'approval', true), () => group.approval, true],
    [
      'memberAddMode',
      () => world.settings.memberAddMode(owner(), group.jid, 'all_member_add'),
      () => group.memberAddMode,
      'all_member_add',
    ],
    ['ephemeral', () => world.settings.ephemeral(owner(), group.jid, 604_800), () => group.ephemeralSeconds, 604_800],
  ])('%s changes, and members are told once', (setting, act, read, expected) => {
    act();
    expect(read()).toBe(expected);
    if (setting !== 'description') act();
    expect(changes).toMatchObject([{ type: 'setting', setting, actor: { account: people.owner } }]);
  });

  it.each<[string, () => void, number]>([
    ['an empty subject', () => world.settings.subject(owner(), group.jid, ''), 406],
    ['a subject of 101 characters', () => world.settings.subject(owner(), group.jid, 'x'.repeat(101)), 406],
    ['a description of 2049 characters', () => world.settings.description(owner(), group.jid, 'x'.repeat(2_049)), 406],
    ['messages that disappear after a second', () => world.settings.ephemeral(owner(), group.jid, 1), 400],
    ['messages that disappear after no number', () => world.settings.ephemeral(owner(), group.jid, NaN), 400],
    [
      'a description that replaces one which never was',
      () => world.settings.description(owner(), group.jid, 'x', 'OLD'),
      409,
    ],
  ])('refuses %s', (_name, act, code) => {
    expect(codeOf(act)).toBe(code);
    expect(changes).toEqual([]);
  });

  it('replaces a description only by one that knows it', () => {
    world.settings.description(owner(), group.jid, 'first', undefined, 'A');
    expect(codeOf(() => world.settings.description(owner(), group.jid, 'second'))).toBe(409);
    world.settings.description(owner(), group.jid, 'second', 'A', 'B');
    expect(group.description).toMatchObject({ id: 'B', text: 'second', at: now });
    world.settings.description(owner(), group.jid, '', 'B');
    expect(group.description).toBeUndefined();
  });
});

describe('invites', () => {
  const join = (who: Who | 'newcomer', code = group.inviteCode): string =>
    world.invites.join({ account: people[who] }, code).status;

  it('lets somebody in, and says by invite', () => {
    expect(join('newcomer')).toBe('joined');
    expect(roleOf('newcomer')).toBe('member');
    expect(changes).toMatchObject([
      { type: 'added', reason: 'invite', accounts: [people.newcomer], actor: { account: people.newcomer } },
    ]);
  });

  it('records one request where admins approve, however often it is made', () => {
    group.approval = true;
    expect([join('newcomer'), join('newcomer')]).toEqual(['requested', 'requested']);
    expect(group.joinRequests.get(people.newcomer)).toEqual({
      account: people.newcomer,
      at: now,
      method: 'invite_link',
    });
    expect(roleOf('newcomer')).toBeUndefined();
    expect(toldTypes()).toEqual(['join_requested']);
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

describe('groups', () => {
  it('are made with those who may be added, by whom they are made', () => {
    people.stranger.privacy = 'none';
    const { group: made, outcomes } = world.createGroup(
      { account: people.owner },
      { subject: 'New', participants: [PHONES.member, PHONES.stranger, NOBODY] },
    );
    expect(outcomes.map(({ code }) => code)).toEqual([200, 403, 404]);
    expect([...made.members]).toEqual([
      [people.owner, 'superadmin'],
      [people.member, 'member'],
    ]);
    expect(made.jid).toMatch(/^120363\d{12}@g\.us$/);
    expect(toldTypes()).toEqual(['created']);
  });

  it('need a subject, and an id of their own', () => {
    const make = (subject: string, id?: string): unknown =>
      world.createGroup({ account: people.owner }, { subject, ...(id !== undefined && { id }) });
    expect(codeOf(() => make(''))).toBe(406);
    expect(codeOf(() => make('x', group.id))).toBe(409);
  });

  it('are listed for their members', () => {
    expect(world.groupsOf(people.member)).toEqual([group]);
    expect(world.groupsOf(people.stranger)).toEqual([]);
  });

  it('end for everybody', () => {
    world.endGroup(group.jid);
    expect(changes).toMatchObject([{ type: 'deleted', members: [people.owner, people.admin, people.member] }]);
    expect(codeOf(() => world.readGroup({ account: people.owner }, group.jid))).toBe(404);
  });
});

describe('people', () => {
  it('are found by number, phone JID and LID, with or without a device', () => {
    const { owner } = people;
    for (const address of [
      owner.phone,
      owner.phoneJid,
      owner.lidJid,
      `${owner.phone}:3@s.whatsapp.net`,
      `${owner.lid}:3@lid`,
    ]) {
      expect(world.directory.find(address)).toBe(owner);
    }
    expect(world.directory.find(`${owner.phone}@g.us`)).toBeUndefined();
  });

  it('have the same LID in every run', () => {
    const again = new World().directory.create({ phone: PHONES.owner });
    expect(again.lid).toBe(people.owner.lid);
  });

  it.each([
    [{ phone: '+49151' }, /^phone:/],
    [{ phone: PHONES.owner }, /^phone:.*already/],
    [{ phone: '4915200000000', lid: 'x' }, /^lid:/],
  ])('are not made from %j', (input, message) => {
    expect(() => world.directory.create(input)).toThrow(message);
  });

  it('are not given a LID that somebody has', () => {
    expect(() => world.directory.create({ phone: '4915200000000', lid: people.owner.lid })).toThrow(/^lid:.*taken/);
  });

  it('take their groups along to another number', () => {
    world.changeNumber(people.member, '4915200000000');
    expect(world.directory.find(PHONES.member)).toBeUndefined();
    expect(world.directory.find('4915200000000')).toBe(people.member);
    expect(changes).toMatchObject([
      { type: 'renumbered', account: people.member, previousPhone: PHONES.member, group },
    ]);
  });
});
