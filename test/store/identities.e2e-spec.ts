import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { GroupWriter } from '#store';
import type { GroupChange, GroupSnapshot, UserRef } from '#whatsapp';
import { groupOf, lid, openStore, OURS, phone, SELF, type Store } from './open-store.js';

const JID = '120363000000000001@g.us';
const OTHER = '120363000000000002@g.us';
const both = (n: number, other = n) => ({ lid: lid(n), phoneJid: phone(other) });

describe('identities', () => {
  let store: Store;
  let session: string;

  const resolve = (...users: UserRef[]) => store.identities.resolve(session, users);
  const members = async (groupJid: string) =>
    (await store.members.list(OURS, session, groupJid, {})).data.map((one) => [one.lid, one.phoneNumber]);
  const number = (n: number): string => phone(n).replace(/@.*/, '');
  const version = async (groupJid: string) => (await store.groups.get(OURS, session, groupJid)).version;
  const told = (change: GroupChange, fields: { groupJid?: string; actor?: UserRef } = {}) =>
    store.writer.apply(session, { groupJid: JID, at: 1, ...fields, changes: [change] }, SELF);
  /** A group whose members are known by just what is given. */
  const groupWith = (groupJid: string, ...users: UserRef[]): GroupSnapshot =>
    groupOf(groupJid, 0, { owner: undefined, participants: users.map((user) => ({ ...user, role: 'member' })) });
  const save = (groupJid: string, ...users: UserRef[]) =>
    store.writer.save(session, groupWith(groupJid, ...users), SELF);

  beforeAll(async () => {
    store = await openStore();
  });
  afterAll(() => store.close());
  beforeEach(async () => {
    session = (await store.sessions.create(OURS)).id;
    await store.sessions.updateState(session, { waJid: SELF.phoneJid, waLid: SELF.lid });
  });

  describe('are learnt from', () => {
    const join: GroupChange = { type: 'join_requested', participants: [both(1)] };
    const revoked: GroupChange = { type: 'join_request_revoked', participants: [both(1)] };

    it.each<[string, () => Promise<unknown>]>([
      ['the list of all groups', () => store.writer.synchronise(session, [groupWith(OTHER, both(1))], SELF)],
      ['one group', () => save(OTHER, both(1))],
      ['the one who made a group', () => store.writer.save(session, groupOf(OTHER, 0, { owner: both(1) }), SELF)],
      ['a new group', () => told({ type: 'created', group: groupWith(JID, both(1)) })],
      ['somebody who was added', () => told({ type: 'added', participants: [{ ...both(1), role: 'member' }] })],
      ['somebody who left', () => told({ type: 'left', participants: [both(1)] })],
      ['somebody who was promoted', () => told({ type: 'promoted', participants: [both(1)] })],
      ['somebody who asks to join', () => told(join)],
      ['somebody who asks no longer', () => told(revoked)],
      ['the one who did it', () => told({ type: 'invite_reset' }, { actor: both(1) })],
      ['a group that is not stored', () => told(join, { groupJid: OTHER })],
      [
        'the result of an action',
        () => store.writer.applyResults(session, JID, 'add', [{ input: '', ...both(1), code: 200 }], SELF),
      ],
      [
        'a refusal of an action',
        () => store.writer.applyResults(session, JID, 'add', [{ input: '', ...both(1), code: 403 }], SELF),
      ],
      ['those who looked them up', () => store.identities.learn(session, [both(1)])],
    ])('%s', async (_, tell) => {
      await save(JID, { lid: lid(7) });
      expect(await resolve({ lid: lid(1) }, { phoneJid: phone(1) })).toEqual([{ lid: lid(1) }, { phoneJid: phone(1) }]);
      await tell();
      expect(await resolve({ phoneJid: phone(1) }, { lid: lid(1) })).toEqual([both(1), both(1)]);
    });

    it('a group that the account has left, too', async () => {
      await save(JID, { ...SELF });
      await store.writer.markLeft(session, JID);
      await told(join);
      expect(await resolve({ lid: lid(1) })).toEqual([both(1)]);
    });

    it('nothing that WhatsApp did not tell', async () => {
      await save(JID, { lid: lid(1) }, { phoneJid: phone(2) });
      expect(await resolve({ lid: lid(1) }, { phoneJid: phone(2) }, both(3), {})).toEqual([
        { lid: lid(1) },
        { phoneJid: phone(2) },
        both(3),
        {},
      ]);
      expect(await members(JID)).toEqual([
        [lid(1), undefined],
        [undefined, number(2)],
      ]);
    });
  });

  describe('when they are new', () => {
    it('complete the members of every group, whose versions move', async () => {
      await save(JID, { lid: lid(1) }, { lid: lid(2) });
      await save(OTHER, { phoneJid: phone(1) }, { lid: lid(3) });
      await told({ type: 'promoted', participants: [both(1)] });
      expect(await members(JID)).toEqual([
        [lid(1), number(1)],
        [lid(2), undefined],
      ]);
      expect(await members(OTHER)).toEqual([
        [lid(1), number(1)],
        [lid(3), undefined],
      ]);
      expect([await version(JID), await version(OTHER)]).toEqual([2, 2]);
      await store.identities.learn(session, [both(2), both(3)]);
      expect([await version(JID), await version(OTHER)]).toEqual([3, 3]);
      expect((await members(OTHER))[1]).toEqual([lid(3), number(3)]);
    });

    it('name the one who made a group', async () => {
      await store.writer.save(session, groupOf(JID, 0, { owner: { lid: lid(1) }, participants: [] }), SELF);
      expect(await store.groups.get(OURS, session, JID)).toMatchObject({ ownerJid: lid(1) });
      await save(OTHER, both(1));
      expect(await store.groups.get(OURS, session, JID)).toMatchObject({ ownerJid: phone(1), version: 2 });
      expect(
        await store.writer.save(session, groupOf(JID, 0, { owner: { lid: lid(1) }, participants: [] }), SELF),
      ).toBe('unchanged');
    });

    it('complete members of groups that came in the same list', async () => {
      const lone = groupWith(JID, { lid: lid(1) });
      await store.writer.synchronise(session, [lone, groupWith(OTHER, both(1))], SELF);
      expect(await members(JID)).toEqual([[lid(1), number(1)]]);
    });

    it('make one of two rows that were the same person', async () => {
      await save(JID, { lid: lid(1) }, { phoneJid: phone(1) }, { lid: lid(2) });
      await store.identities.learn(session, [both(1)]);
      expect(await members(JID)).toEqual([
        [lid(1), number(1)],
        [lid(2), undefined],
      ]);
      expect(await store.groups.get(OURS, session, JID)).toMatchObject({ participantCount: 2 });
    });

    it('reach groups that others change at the same time', async () => {
      const groups = Array.from({ length: 8 }, (_, n) => `12036300000000010${n}@g.us`);
      for (const groupJid of groups) await save(groupJid, { ...SELF }, { lid: lid(1) });
      const other = new GroupWriter(store.database);
      await Promise.all([
        store.identities.learn(session, [both(1)]),
        ...groups.map((jid) => store.writer.updateSettings(session, jid, { subject: 'Renamed' })),
        ...groups.map((jid) => other.updateSettings(session, jid, { isLocked: true })),
      ]);
      for (const groupJid of groups) {
        expect(await members(groupJid)).toContainEqual([lid(1), number(1)]);
        expect(await store.groups.get(OURS, session, groupJid)).toMatchObject({ subject: 'Renamed', isLocked: true });
      }
    });

    it('change nothing in another session', async () => {
      const other = (await store.sessions.create(OURS)).id;
      await store.writer.save(other, groupWith(JID, { lid: lid(1) }), {});
      await store.identities.learn(session, [both(1)]);
      expect(await store.identities.resolve(other, [{ lid: lid(1) }])).toEqual([{ lid: lid(1) }]);
      expect((await store.groups.get(OURS, other, JID)).version).toBe(1);
    });
  });

  describe('when they are known', () => {
    beforeEach(() => store.identities.learn(session, [both(1), both(2)]));

    it('complete whoever is stored later under one address', async () => {
      await save(JID, { lid: lid(1) });
      await told({ type: 'added', participants: [{ phoneJid: phone(2), role: 'member' }] });
      await store.writer.synchronise(session, [groupWith(OTHER, { phoneJid: phone(1) })], SELF);
      expect(await members(JID)).toEqual([
        [lid(1), number(1)],
        [lid(2), number(2)],
      ]);
      expect(await members(OTHER)).toEqual([[lid(1), number(1)]]);
    });

    it('find a member by the address that is not stored with them', async () => {
      await save(JID, both(1));
      await store.database.dataSource.query('update group_members set phone_jid = null where lid = $1', [lid(1)]);
      expect(await store.members.find(session, JID, { phoneJid: phone(1) })).toMatchObject({ lid: lid(1) });
      const { seen } = await store.targets.find(OURS, session, JID, [{ phoneJid: phone(1) }]);
      expect(seen.members).toMatchObject([{ lid: lid(1) }]);
      expect(seen.identities).toEqual([both(1)]);
      await told({ type: 'removed', participants: [{ phoneJid: phone(1) }] });
      expect(await members(JID)).toEqual([]);
    });

    it('are neither asked for nor written by a list that tells nothing new', async () => {
      await store.writer.synchronise(session, [groupWith(JID, SELF, both(1)), groupWith(OTHER, SELF, both(2))], SELF);
      const asked = [jest.spyOn(store.database, 'rows'), jest.spyOn(store.database, 'tuples')];
      await store.writer.synchronise(session, [groupWith(JID, SELF, both(1)), groupWith(OTHER, SELF, both(2))], SELF);
      const names = asked.flatMap(({ mock }) => mock.calls.map(([{ name }]) => name));
      for (const spy of asked) spy.mockRestore();
      expect(names).toEqual(['writer.groups', 'writer.members', 'sessions.groups-synced']);
    });

    it('are not written again', async () => {
      await save(JID, { lid: lid(7) });
      const rows = jest.spyOn(store.database, 'rows');
      await told({ type: 'join_requested', participants: [both(1)] }, { actor: both(2) });
      await store.identities.learn(session, [both(1), both(2)]);
      const names = rows.mock.calls.map(([{ name }]) => name);
      rows.mockRestore();
      expect(names.filter((name) => /learn|write$|write-roster/.test(name))).toEqual([]);
      expect(await version(JID)).toBe(1);
    });
  });

  describe('when a number moves to another account', () => {
    beforeEach(async () => {
      await save(JID, both(1), { lid: lid(2) });
      await save(OTHER, both(1));
    });

    it('show it with the last one that WhatsApp told, in every group', async () => {
      await told({ type: 'promoted', participants: [both(2, 1)] });
      expect(await resolve({ phoneJid: phone(1) }, { lid: lid(1) })).toEqual([both(2, 1), { lid: lid(1) }]);
      expect(await members(JID)).toEqual([
        [lid(1), undefined],
        [lid(2), number(1)],
      ]);
      expect(await members(OTHER)).toEqual([[lid(1), undefined]]);
      expect(await version(OTHER)).toBe(2);
    });

    it('follow a member who changed the number', async () => {
      await told({ type: 'renumbered', from: both(1), to: { phoneJid: phone(9) } }, { actor: both(1) });
      expect(await resolve({ lid: lid(1) }, { phoneJid: phone(1) })).toEqual([both(1, 9), { phoneJid: phone(1) }]);
      expect((await members(JID))[0]).toEqual([lid(1), number(9)]);
      expect(await members(OTHER)).toEqual([[lid(1), number(9)]]);
    });

    it('follow two who exchanged theirs', async () => {
      await store.identities.learn(session, [both(2)]);
      await store.identities.learn(session, [both(1, 2), both(2, 1)]);
      expect(await resolve({ lid: lid(1) }, { lid: lid(2) })).toEqual([both(1, 2), both(2, 1)]);
      expect(await members(JID)).toEqual([
        [lid(1), number(2)],
        [lid(2), number(1)],
      ]);
    });

    it('keep the last of two that were told at once', async () => {
      await store.identities.learn(session, [both(5), both(6, 5), both(6)]);
      expect(await resolve({ lid: lid(5) }, { lid: lid(6) }, { phoneJid: phone(5) })).toEqual([
        { lid: lid(5) },
        both(6),
        { phoneJid: phone(5) },
      ]);
    });
  });

  it('go with the session', async () => {
    await store.identities.learn(session, [both(1)]);
    await store.sessions.delete(OURS, session);
    await store.identities.learn(session, [both(2)]);
    expect(await store.database.dataSource.query('select * from identities where session_id = $1', [session])).toEqual(
      [],
    );
  });

  it('are taken from the members that were stored before there were any', async () => {
    const { dataSource } = store.database;
    await save(JID, both(1), { lid: lid(2) });
    await save(OTHER, both(3));
    const isThere = async (): Promise<boolean> =>
      (await dataSource.query<[{ there: boolean }]>(`select to_regclass('identities') is not null as there`))[0].there;
    while (await isThere()) await dataSource.undoLastMigration();
    await dataSource.query(
      `update group_members set phone_jid = $1, last_seen_at = 1
       where lid = $2 and group_id = (select id from groups where session_id = $3 and group_jid = $4)`,
      [phone(1), lid(3), session, OTHER],
    );
    await dataSource.runMigrations();
    expect(await resolve({ lid: lid(1) }, { lid: lid(2) }, { lid: lid(3) })).toEqual([
      both(1),
      { lid: lid(2) },
      { lid: lid(3) },
    ]);
  });
});
