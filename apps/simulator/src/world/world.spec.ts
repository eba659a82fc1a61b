import { beforeEach, describe, expect, it } from '@jest/globals';
import { Choir, codeOf, NOBODY, PHONES } from './spec-support/choir.js';
import { World } from './world.js';

let choir: Choir;
let world: World;
let people: Choir['people'];
let group: Choir['group'];
let changes: Choir['changes'];

beforeEach(() => {
  choir = new Choir();
  ({ world, people, group, changes } = choir);
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
    expect(choir.toldTypes()).toEqual(['created']);
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
