import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { NotFoundError } from '#errors';
import type { MemberRecord } from '#store';
import type { GroupChange, GroupNotification, ParticipantResult } from '#whatsapp';
import { groupOf, lid, openStore, OURS, people, phone, SELF, THEIRS, type Store } from './open-store.js';

const JID = '120363000000000001@g.us';
const OTHER = '120363000000000002@g.us';

describe('stored groups', () => {
  let store: Store;
  let session: string;

  const read = () => store.groups.get(OURS, session, JID);
  const members = async (): Promise<MemberRecord[]> => (await store.members.list(OURS, session, JID, {})).data;
  const version = async (): Promise<number> => {
    const [row] = await store.database.dataSource.query<[{ version: string }?]>(
      'select version from groups where session_id = $1 and group_jid = $2',
      [session, JID],
    );
    return Number(row?.version);
  };
  const told = (...changes: GroupChange[]): GroupNotification => ({ groupJid: JID, at: 1, changes });
  const apply = (...changes: GroupChange[]) => store.writer.apply(session, told(...changes), SELF);
  const answer = (n: number, code = 200): ParticipantResult => ({
    input: phone(n),
    phoneJid: phone(n),
    lid: lid(n),
    code,
  });

  beforeAll(async () => {
    store = await openStore();
  });
  afterAll(() => store.close());
  beforeEach(async () => {
    session = (await store.sessions.create(OURS)).id;
    await store.sessions.updateState(session, { waJid: SELF.phoneJid, waLid: SELF.lid });
  });

  describe('when they are read', () => {
    it('have the shape of the contract', async () => {
      const before = Date.now();
      await store.writer.save(session, groupOf(JID, 3), SELF);
      const group = await read();
      expect(group).toEqual({
        id: expect.stringMatching(/^[0-9A-Z]{26}$/),
        groupJid: JID,
        subject: 'A group',
        description: 'What it is about',
        descriptionId: 'D1',
        // The owner came as a LID: the members tell the phone JID.
        ownerJid: phone(1),
        isAnnounce: false,
        isLocked: false,
        joinApproval: false,
        memberAddMode: 'admin_add',
        ephemeralSeconds: 0,
        addressingMode: 'lid',
        participantCount: 3,
        myRole: 'admin',
        createdAtWa: 1_700_000_000_000,
        firstSeenAt: expect.any(Number),
        updatedAt: group.firstSeenAt,
        version: 1,
      });
      expect(group.firstSeenAt).toBeGreaterThanOrEqual(before);
      expect((await store.groups.list(OURS, session, {})).data).toEqual([group]);
    });

    it('leave out what there is none of', async () => {
      await store.writer.save(
        session,
        groupOf(JID, 1, { subject: '', description: '', owner: undefined, createdAtWa: undefined }),
        SELF,
      );
      const group = await read();
      expect([group.subject, group.description, group.ownerJid, group.createdAtWa]).toEqual([
        undefined,
        undefined,
        undefined,
        undefined,
      ]);
    });

    it('have members in the shape of the contract', async () => {
      const participants = [
        { ...SELF, role: 'superadmin' as const },
        { phoneJid: phone(1), role: 'admin' as const },
        { lid: lid(2), role: 'member' as const, tag: 'treasurer' },
      ];
      await store.writer.save(session, groupOf(JID, 0, { participants }), SELF);
      const common = {
        sessionId: session,
        groupJid: JID,
        id: expect.any(String),
        firstSeenAt: expect.any(Number),
        lastSeenAt: expect.any(Number),
      };
      expect(await members()).toEqual([
        { ...common, jid: SELF.phoneJid, lid: SELF.lid, phoneNumber: '15550000000', role: 'admin', isSuperAdmin: true },
        { ...common, jid: phone(1), phoneNumber: phone(1).split('@')[0], role: 'admin', isSuperAdmin: false },
        { ...common, jid: lid(2), lid: lid(2), role: 'member', isSuperAdmin: false, tag: 'treasurer' },
      ]);
      expect(await store.members.find(session, JID, { lid: lid(2) })).toMatchObject({ jid: lid(2) });
      expect(await store.members.find(session, JID, { phoneJid: phone(1) })).toMatchObject({ jid: phone(1) });
      expect(await store.members.find(session, JID, { phoneJid: phone(9), lid: lid(9) })).toBeUndefined();
      expect(await store.members.find(session, JID, {})).toBeUndefined();
    });

    it('are not found in another session, or by an unknown JID', async () => {
      const other = (await store.sessions.create(OURS)).id;
      await store.writer.save(session, groupOf(JID, 2), SELF);
      for (const [id, jid] of [
        [other, JID],
        [session, OTHER],
      ] as const) {
        await expect(store.groups.get(OURS, id, jid)).rejects.toThrow(new NotFoundError('group'));
        await expect(store.members.list(OURS, id, jid, {})).rejects.toThrow(new NotFoundError('group'));
      }
      await expect(store.members.list(THEIRS, session, JID, {})).rejects.toThrow(new NotFoundError('session'));
      expect(await store.groups.list(OURS, other, {})).toEqual({ data: [], nextCursor: '' });
    });

    it('may be empty without being unknown', async () => {
      await store.writer.save(session, groupOf(JID, 0, { participants: [] }), SELF);
      expect(await store.members.list(OURS, session, JID, { limit: 5 })).toEqual({ data: [], nextCursor: '' });
    });

    it('are paged in an order that rows which come and go do not disturb', async () => {
      await store.writer.save(session, groupOf(JID, 6), SELF);
      const first = await store.members.list(OURS, session, JID, { limit: 3 });
      await store.writer.applyResults(session, JID, 'remove', [answer(1), answer(4)], SELF);
      await store.writer.applyResults(session, JID, 'add', [answer(9)], SELF);
      const second = await store.members.list(OURS, session, JID, { limit: 3, cursor: first.nextCursor });
      expect(first.data.map(({ jid }) => jid)).toEqual([SELF.phoneJid, phone(1), phone(2)]);
      expect(second.data.map(({ jid }) => jid)).toEqual([phone(3), phone(5), phone(9)]);
      expect(second.nextCursor).toBe('');
      await store.writer.save(session, groupOf(OTHER, 1), SELF);
      const one = await store.groups.list(OURS, session, { limit: 1 });
      const two = await store.groups.list(OURS, session, { limit: 1, cursor: one.nextCursor });
      expect([...one.data, ...two.data].map(({ groupJid }) => groupJid)).toEqual([JID, OTHER]);
      expect(two.nextCursor).toBe('');
    });
  });

  describe('when a whole group is told', () => {
    beforeEach(() => store.writer.save(session, groupOf(JID, 4), SELF));

    it('do not change when nothing is new', async () => {
      const before = [await read(), await members(), await version()];
      expect(await store.writer.save(session, groupOf(JID, 4), SELF)).toBe('unchanged');
      expect([await read(), await members(), await version()]).toEqual(before);
    });

    it('change only what is new, and the version once', async () => {
      const before = await members();
      const participants = [
        { ...SELF, role: 'admin' as const },
        ...people(1, 3),
        { ...people(5, 6)[0], role: 'admin' as const },
      ];
      expect(await store.writer.save(session, groupOf(JID, 0, { participants, subject: 'Renamed' }), SELF)).toBe(
        'changed',
      );
      const after = await members();
      expect(after.slice(0, 3)).toEqual(before.slice(0, 3));
      expect(after[3]).toMatchObject({ jid: phone(5), role: 'admin' });
      expect(await read()).toMatchObject({ subject: 'Renamed', participantCount: 4 });
      expect(await version()).toBe(2);
    });

    it('keep a member whose second address is learned: one row, the same id and first sight', async () => {
      const lids = groupOf(OTHER, 0, {
        participants: [
          { lid: lid(1), role: 'member' },
          { lid: SELF.lid, role: 'member' },
        ],
      });
      await store.writer.save(session, lids, SELF);
      const [before] = (await store.members.list(OURS, session, OTHER, {})).data;
      await store.writer.applyResults(session, OTHER, 'promote', [answer(1)], SELF);
      const [after] = (await store.members.list(OURS, session, OTHER, {})).data;
      expect(after).toMatchObject({
        id: before?.id,
        firstSeenAt: before?.firstSeenAt,
        jid: phone(1),
        lid: lid(1),
        role: 'admin',
      });
    });

    it('let two members exchange a number in one step', async () => {
      const [one, two] = (await members()).slice(1, 3);
      const participants = [
        { ...SELF, role: 'admin' as const },
        { lid: lid(1), phoneJid: phone(2), role: 'member' as const },
        { lid: lid(2), phoneJid: phone(1), role: 'member' as const },
        ...people(3, 4),
      ];
      await store.writer.save(session, groupOf(JID, 0, { participants }), SELF);
      expect(await members()).toMatchObject([
        { jid: SELF.phoneJid },
        { id: one?.id, lid: lid(1), jid: phone(2) },
        { id: two?.id, lid: lid(2), jid: phone(1) },
        { jid: phone(3) },
      ]);
    });

    it('store text as it is', async () => {
      const subject = `Ünïcode 🎉 "quotes" \\back, {braces} 'n' NULL`;
      await store.writer.save(session, groupOf(JID, 4, { subject, description: 'NULL' }), SELF);
      expect(await read()).toMatchObject({ subject, description: 'NULL' });
    });
  });

  describe('when a change is told', () => {
    beforeEach(() => store.writer.save(session, groupOf(JID, 4), SELF));

    it('follow it, and say so', async () => {
      expect(await apply({ type: 'added', participants: [{ lid: lid(7), phoneJid: phone(7), role: 'member' }] })).toBe(
        'changed',
      );
      expect(await apply({ type: 'removed', participants: [{ lid: lid(1) }] })).toBe('changed');
      expect(await apply({ type: 'promoted', participants: [{ lid: lid(2) }] })).toBe('changed');
      expect(await apply({ type: 'settings', settings: { isLocked: true, ephemeralSeconds: 86_400 } })).toBe('changed');
      expect((await members()).map(({ jid, role }) => [jid, role])).toEqual([
        [SELF.phoneJid, 'admin'],
        [phone(2), 'admin'],
        [phone(3), 'member'],
        [phone(7), 'member'],
      ]);
      expect(await read()).toMatchObject({ participantCount: 4, isLocked: true, ephemeralSeconds: 86_400 });
      expect(await version()).toBe(5);
    });

    it('apply several changes of one notification in order, in one version', async () => {
      const outcome = await apply(
        { type: 'added', participants: [{ lid: lid(7), role: 'member' }] },
        { type: 'promoted', participants: [{ lid: lid(7) }] },
        { type: 'removed', participants: [{ lid: lid(1) }] },
      );
      expect(outcome).toBe('changed');
      expect(await store.members.find(session, JID, { lid: lid(7) })).toMatchObject({ role: 'admin' });
      expect(await version()).toBe(2);
    });

    it('have nothing left to change when the notification follows our own action', async () => {
      await store.writer.applyResults(session, JID, 'add', [answer(7)], SELF);
      await store.writer.applyResults(session, JID, 'promote', [answer(7)], SELF);
      await store.writer.applyResults(session, JID, 'remove', [answer(1)], SELF);
      const before = [await read(), await members(), await version()];
      expect(await apply({ type: 'added', participants: [{ lid: lid(7), role: 'member' }] })).toBe('unchanged');
      expect(await apply({ type: 'promoted', participants: [{ phoneJid: phone(7) }] })).toBe('unchanged');
      expect(await apply({ type: 'removed', participants: [{ lid: lid(1) }] })).toBe('unchanged');
      expect([await read(), await members(), await version()]).toEqual(before);
    });

    it('move lastSeenAt of the changed member alone, and never firstSeenAt', async () => {
      await store.database.dataSource.query('update group_members set first_seen_at = 1000, last_seen_at = 1000');
      await apply({ type: 'promoted', participants: [{ lid: lid(2) }] });
      const times = (await members()).map(({ firstSeenAt, lastSeenAt }) => [firstSeenAt, lastSeenAt > 1_000]);
      expect(times).toEqual([
        [1_000, false],
        [1_000, false],
        [1_000, true],
        [1_000, false],
      ]);
    });

    it('ask for a group that is not stored to be read', async () => {
      const unknown = { ...told({ type: 'removed', participants: [{ lid: lid(1) }] }), groupJid: OTHER };
      expect(await store.writer.apply(session, unknown, SELF)).toBe('reread');
      await store.writer.applyResults(session, OTHER, 'add', [answer(1)], SELF);
      await store.writer.updateSettings(session, OTHER, { subject: 'x' });
      await store.writer.markLeft(session, OTHER);
      await expect(store.groups.get(OURS, session, OTHER)).rejects.toThrow(NotFoundError);
    });

    it('store a group that came to be', async () => {
      const created: GroupChange = { type: 'created', group: groupOf(OTHER, 2) };
      const notification = {
        groupJid: OTHER,
        at: 1,
        changes: [created, { type: 'settings', settings: { isLocked: true } } as const],
      };
      expect(await store.writer.apply(session, notification, SELF)).toBe('changed');
      expect(await store.groups.get(OURS, session, OTHER)).toMatchObject({ participantCount: 2, isLocked: true });
    });

    it('keep settings that we changed ourselves', async () => {
      await store.writer.updateSettings(session, JID, { description: 'New', joinApproval: true }, 'D2');
      expect(await read()).toMatchObject({
        description: 'New',
        descriptionId: 'D2',
        joinApproval: true,
        subject: 'A group',
      });
    });
  });

  describe('that the account left', () => {
    const left: GroupChange = { type: 'left', participants: [SELF] };

    beforeEach(() => store.writer.save(session, groupOf(JID, 4), SELF));

    it.each(['our own action', 'a notification', 'an end of the group'])('stay readable after %s', async (how) => {
      if (how === 'our own action') await store.writer.markLeft(session, JID);
      else await apply(how === 'a notification' ? left : { type: 'deleted' });
      expect(await read()).toMatchObject({ myRole: 'left', participantCount: 3, subject: 'A group' });
      expect((await members()).map(({ jid }) => jid)).toEqual([phone(1), phone(2), phone(3)]);
      const before = await version();
      expect(await apply(left)).toBe('unchanged');
      expect(await store.writer.markLeft(session, JID)).toBe('unchanged');
      expect(await version()).toBe(before);
    });

    it('come back when the account is added again', async () => {
      await store.writer.markLeft(session, JID);
      const { id, firstSeenAt } = await read();
      expect(await apply({ type: 'added', participants: [{ ...SELF, role: 'member' }] })).toBe('reread');
      await apply({ type: 'created', group: groupOf(JID, 2) });
      expect(await read()).toMatchObject({ id, firstSeenAt, myRole: 'admin', participantCount: 2 });
    });
  });

  it('cannot be written for a session that was deleted', async () => {
    await store.sessions.delete(OURS, session);
    const gone = new NotFoundError('session');
    await expect(store.writer.save(session, groupOf(JID, 1), SELF)).rejects.toThrow(gone);
    await expect(apply({ type: 'deleted' })).rejects.toThrow(gone);
    await expect(store.writer.applyResults(session, JID, 'add', [answer(1)], SELF)).rejects.toThrow(gone);
    await expect(store.writer.markLeft(session, JID)).rejects.toThrow(gone);
    await expect(store.writer.synchronise(session, [], SELF)).rejects.toThrow(gone);
  });
});
