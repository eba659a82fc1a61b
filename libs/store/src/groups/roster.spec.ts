import { describe, expect, it } from '@jest/globals';
import { Roster } from './roster.js';
import type { StoredMember } from './stored-group.js';

const PHONE = '15550000001@s.whatsapp.net';
const OTHER_PHONE = '15550000002@s.whatsapp.net';
const LID = '90000001@lid';
const OTHER_LID = '90000002@lid';

const stored = (id: string, fields: Partial<StoredMember>): StoredMember => ({
  id,
  role: 'member',
  firstSeenAt: 1_000,
  ...fields,
});

describe('the roster of a group', () => {
  it('changes nothing when a known member is added again', () => {
    const roster = new Roster([stored('a', { phoneJid: PHONE, lid: LID, role: 'admin' })]);
    roster.add({ phoneJid: PHONE, role: 'member' }, 2_000);
    roster.add({ lid: LID, role: 'member' }, 2_000);
    expect(roster.changes()).toEqual({ removed: [], added: [], updated: [] });
  });

  it('learns the second address of a known member without making a second one', () => {
    const roster = new Roster([stored('a', { phoneJid: PHONE })]);
    roster.add({ phoneJid: PHONE, lid: LID, role: 'member' }, 2_000);
    expect(roster.size).toBe(1);
    expect(roster.changes()).toMatchObject({
      removed: ['a'],
      added: [{ id: 'a', phoneJid: PHONE, lid: LID, firstSeenAt: 1_000 }],
    });
  });

  it('merges two rows that turn out to be one person, keeping the older id and the higher role', () => {
    const roster = new Roster([
      stored('a', { phoneJid: PHONE, firstSeenAt: 1_000 }),
      stored('b', { lid: LID, role: 'admin', firstSeenAt: 1_500 }),
    ]);
    roster.recognize({ phoneJid: PHONE, lid: LID });
    expect(roster.growth).toBe(-1);
    expect(roster.news()).toEqual({ joined: [], left: [], promoted: [], demoted: [] });
    expect(roster.changes()).toMatchObject({
      removed: ['b', 'a'],
      added: [{ id: 'a', phoneJid: PHONE, lid: LID, role: 'admin' }],
    });
  });

  it('moves a phone number that another account took over, and keeps both accounts', () => {
    const roster = new Roster([
      stored('a', { phoneJid: PHONE, lid: LID }),
      stored('b', { phoneJid: OTHER_PHONE, lid: OTHER_LID }),
    ]);
    roster.recognize({ phoneJid: PHONE, lid: OTHER_LID });
    expect(roster.changes().added).toMatchObject([
      { id: 'a', phoneJid: undefined, lid: LID },
      { id: 'b', phoneJid: PHONE, lid: OTHER_LID },
    ]);
  });

  it('removes a person by either address', () => {
    const members = [stored('a', { phoneJid: PHONE, lid: LID })];
    for (const user of [{ phoneJid: PHONE }, { lid: LID }, { phoneJid: PHONE, lid: LID }]) {
      const roster = new Roster(members);
      roster.remove(user);
      expect(roster.changes().removed).toEqual(['a']);
    }
  });

  it('removes both rows of a person who was stored twice', () => {
    const roster = new Roster([stored('a', { phoneJid: PHONE }), stored('b', { lid: LID })]);
    roster.remove({ phoneJid: PHONE, lid: LID });
    expect(roster.changes()).toEqual({ removed: ['a', 'b'], added: [], updated: [] });
  });

  it('gives a member the new number and keeps the row', () => {
    const roster = new Roster([stored('a', { phoneJid: PHONE, lid: LID })]);
    expect(roster.renumber({ phoneJid: PHONE }, { phoneJid: OTHER_PHONE })).toBe(true);
    expect(roster.changes().added).toMatchObject([{ id: 'a', phoneJid: OTHER_PHONE, lid: LID }]);
    expect(roster.find({ phoneJid: PHONE })).toBeUndefined();
  });

  it('merges when the new number is stored as another member already', () => {
    const roster = new Roster([stored('a', { lid: LID }), stored('b', { phoneJid: OTHER_PHONE, firstSeenAt: 3_000 })]);
    expect(roster.renumber({ lid: LID }, { phoneJid: OTHER_PHONE })).toBe(true);
    expect(roster.size).toBe(1);
    expect(roster.changes().added).toMatchObject([{ id: 'a', lid: LID, phoneJid: OTHER_PHONE }]);
  });

  it('says so when neither number is known', () => {
    expect(new Roster([]).renumber({ phoneJid: PHONE }, { phoneJid: OTHER_PHONE })).toBe(false);
    expect(new Roster([stored('a', { phoneJid: OTHER_PHONE })]).renumber({ lid: LID }, { phoneJid: OTHER_PHONE })).toBe(
      true,
    );
  });

  it('does not add who has no address', () => {
    const roster = new Roster([]);
    expect(roster.add({ role: 'member' }, 1)).toBeUndefined();
    expect(roster.size).toBe(0);
  });

  it('stores a label, and forgets it when it is emptied', () => {
    const roster = new Roster([stored('a', { lid: LID })]);
    roster.add({ lid: LID, role: 'member', tag: 'treasurer' }, 2_000);
    expect(roster.changes().updated).toMatchObject([{ id: 'a', tag: 'treasurer' }]);
    roster.add({ lid: LID, role: 'member', tag: '' }, 2_000);
    expect(roster.changes().updated).toEqual([]);
  });
});
