import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { EVENT_PAYLOADS, GroupWriter, type EventName } from '#store';
import type { GroupChange, GroupNotification, ParticipantResult, UserRef } from '#whatsapp';
import { eventually } from '../support/eventually.js';
import { groupOf, lid, openStore, OURS, people, phone, SELF, type Store } from './open-store.js';

const JID = '120363000000000001@g.us';
const OTHER = '120363000000000002@g.us';

interface ToldRow {
  event: EventName;
  payload: object;
  organization_id: string;
  transaction_id: number;
}

describe('what is told of groups', () => {
  let store: Store;
  let session: string;

  const user = (n: number): UserRef => ({ phoneJid: phone(n), lid: lid(n) });
  const answer = (n: number, code = 200): ParticipantResult => ({ input: phone(n), ...user(n), code });
  const notify = (changes: GroupChange[], fields: Partial<GroupNotification> = {}) =>
    store.writer.apply(session, { groupJid: JID, at: 1, changes, ...fields }, SELF);
  const rows = async (): Promise<ToldRow[]> => {
    const told = await store.database.dataSource.query<ToldRow[]>(
      `select event, payload, organization_id, transaction_id from events where session_id = $1
       order by transaction_id, position`,
      [session],
    );
    for (const { event, payload } of told) EVENT_PAYLOADS[event].parse(payload);
    return told;
  };
  /** What was told since it was last asked for. */
  const told = async (): Promise<[EventName, object][]> => {
    const all = await rows();
    await store.database.dataSource.query('delete from events where session_id = $1', [session]);
    return all.map(({ event, payload }) => [event, payload]);
  };
  const participants = (payload: object): [EventName, object] => ['group.participant', { groupJid: JID, ...payload }];
  const update = (payload: object): [EventName, object] => ['group.update', { groupJid: JID, ...payload }];

  beforeAll(async () => {
    store = await openStore();
  });
  afterAll(() => store.close());
  beforeEach(async () => {
    session = (await store.sessions.create(OURS)).id;
    await store.sessions.updateState(session, { waJid: SELF.phoneJid, waLid: SELF.lid });
    await store.writer.synchronise(session, [groupOf(JID, 4)], SELF);
    await store.database.dataSource.query('delete from events where session_id = $1', [session]);
  });

  describe('by a notification', () => {
    it.each<[GroupChange['type'], GroupChange, object]>([
      ['added', { type: 'added', participants: people(7, 9) }, { join: [phone(7), phone(8)] }],
      ['removed', { type: 'removed', participants: [user(2), user(3)] }, { leave: [phone(2), phone(3)] }],
      ['left', { type: 'left', participants: [user(2)] }, { leave: [phone(2)] }],
      ['promoted', { type: 'promoted', participants: [user(2)] }, { promote: [phone(2)] }],
    ])('names those who were %s in one event, with the actor as sender', async (_, change, payload) => {
      await notify([change], { actor: { lid: lid(1) } });
      expect(await told()).toEqual([participants({ sender: phone(1), ...payload })]);
    });

    it('names who was demoted', async () => {
      await notify([{ type: 'promoted', participants: [user(2)] }]);
      await told();
      await notify([{ type: 'demoted', participants: [user(2)] }]);
      expect(await told()).toEqual([participants({ demote: [phone(2)] })]);
    });

    it('uses the LID of whom nobody has the number of, the sender, too', async () => {
      await notify([{ type: 'added', participants: [{ lid: lid(50), role: 'member' }] }], { actor: { lid: lid(60) } });
      expect(await told()).toEqual([participants({ sender: lid(60), join: [lid(50)] })]);
    });

    it('tells nothing when it changes nothing', async () => {
      await notify([{ type: 'added', participants: people(1, 3) }], { actor: user(1) });
      await notify([{ type: 'removed', participants: [user(40)] }], { actor: user(1) });
      await notify([{ type: 'demoted', participants: [user(2)] }], { actor: user(1) });
      await notify([{ type: 'settings', settings: { subject: 'A group' } }], { actor: user(1) });
      await notify([{ type: 'invite_reset' }], { actor: user(1) });
      expect(await told()).toEqual([]);
    });

    it('names only the settings that changed, with their new values', async () => {
      const settings = { subject: 'Choir', isLocked: false, description: '', ephemeralSeconds: 86_400 };
      await notify([{ type: 'settings', settings }], { actor: user(2) });
      expect(await told()).toEqual([
        update({
          sender: phone(2),
          change: 'settings',
          settings: { subject: 'Choir', description: '', ephemeralSeconds: 86_400 },
        }),
      ]);
    });

    it('tells each kind of change of one notification by itself, those who go first', async () => {
      await notify([
        { type: 'added', participants: people(7, 8) },
        { type: 'removed', participants: [user(2)] },
        { type: 'promoted', participants: [user(3)] },
        { type: 'settings', settings: { isLocked: true } },
      ]);
      expect(await told()).toEqual([
        update({ change: 'settings', settings: { isLocked: true } }),
        participants({ leave: [phone(2)] }),
        participants({ join: [phone(7)] }),
        participants({ promote: [phone(3)] }),
      ]);
    });

    it('tells that somebody who was not known to be a member is there, which is nobody’s doing, and was promoted', async () => {
      await notify([{ type: 'promoted', participants: [user(9)] }], { actor: user(1) });
      await notify([{ type: 'demoted', participants: [user(10)] }], { actor: user(1) });
      await store.writer.applyResults(session, JID, 'promote', [answer(11)], SELF);
      expect(await told()).toEqual([
        participants({ join: [phone(9)] }),
        participants({ sender: phone(1), promote: [phone(9)] }),
        participants({ join: [phone(10)] }),
        participants({ join: [phone(11)] }),
        participants({ sender: SELF.phoneJid, promote: [phone(11)] }),
      ]);
    });

    it('blames the actor for whom they added and promoted at once', async () => {
      const added: GroupChange = { type: 'added', participants: people(9, 10) };
      await notify([added, { type: 'promoted', participants: [user(9)] }], { actor: user(1) });
      expect(await told()).toEqual([
        participants({ sender: phone(1), join: [phone(9)] }),
        participants({ sender: phone(1), promote: [phone(9)] }),
      ]);
    });

    it('tells of no joining and no leaving when a member is renumbered or becomes known by another address', async () => {
      await notify([{ type: 'added', participants: [{ lid: lid(70), role: 'member' }] }]);
      await told();
      await notify([{ type: 'renumbered', from: { phoneJid: phone(2) }, to: { phoneJid: phone(22) } }]);
      await notify([{ type: 'added', participants: [{ lid: lid(70), phoneJid: phone(70), role: 'member' }] }]);
      await store.identities.learn(session, [{ lid: lid(70), phoneJid: phone(71) }]);
      expect(await told()).toEqual([]);
      await notify([{ type: 'removed', participants: [{ lid: lid(70) }] }]);
      expect(await told()).toEqual([participants({ leave: [phone(71)] })]);
    });

    it('takes an admin who becomes the super-admin, or is that no longer, for the same', async () => {
      const others = people(1, 4);
      const as = (role: 'admin' | 'superadmin') =>
        groupOf(JID, 0, { participants: [{ ...SELF, role: 'admin' }, { ...user(1), role }, ...others.slice(1)] });
      await store.writer.save(session, as('admin'), SELF);
      expect(await told()).toEqual([participants({ promote: [phone(1)] })]);
      await store.writer.save(session, as('superadmin'), SELF);
      await store.writer.save(session, as('admin'), SELF);
      expect(await told()).toEqual([]);
    });

    it('splits what names more than 256 people, in order', async () => {
      await notify([{ type: 'added', participants: people(100, 700) }]);
      const joins = (await told()).map(([, payload]) => (payload as { join: string[] }).join);
      expect(joins.map(({ length }) => length)).toEqual([256, 256, 88]);
      expect(joins.flat()).toEqual(people(100, 700).map(({ phoneJid }) => phoneJid));
    });

    it('tells who asks to join, and who does no longer, though nothing is stored of it', async () => {
      const asked = { participants: [user(30), { lid: lid(31) }] };
      await notify([{ type: 'join_requested', ...asked, method: 'invite_link' }], { actor: user(30) });
      await notify([{ type: 'join_request_revoked', participants: [{ lid: lid(30) }] }], { actor: { lid: lid(30) } });
      const about = { groupJid: JID, sender: phone(30) };
      expect(await told()).toEqual([
        [
          'group.join_request',
          { ...about, action: 'created', method: 'invite_link', participants: [phone(30), lid(31)] },
        ],
        ['group.join_request', { ...about, action: 'revoked', participants: [phone(30)] }],
      ]);
    });

    it('tells a request in the transaction of what else the notification changes', async () => {
      await notify([
        { type: 'join_requested', participants: [user(30)] },
        { type: 'settings', settings: { isLocked: true } },
      ]);
      const all = await rows();
      expect(all.map(({ event }) => event)).toEqual(['group.update', 'group.join_request']);
      expect(new Set(all.map(({ transaction_id }) => transaction_id)).size).toBe(1);
    });
  });

  describe('by an action of the account', () => {
    it.each([
      ['add', 9, { join: [phone(9)] }],
      ['remove', 2, { leave: [phone(2)] }],
      ['promote', 2, { promote: [phone(2)] }],
    ] as const)('tells %s once, whether the answer or the notification comes first', async (action, n, payload) => {
      const change: GroupChange =
        action === 'add'
          ? { type: 'added', participants: [{ ...user(n), role: 'member' }] }
          : { type: action === 'remove' ? 'removed' : 'promoted', participants: [user(n)] };
      const done = () => store.writer.applyResults(session, JID, action, [answer(n)], SELF);
      const heard = () => notify([change], { actor: SELF });
      await done();
      await heard();
      expect(await told()).toEqual([participants({ sender: SELF.phoneJid, ...payload })]);
      await store.writer.save(session, groupOf(JID, 4), SELF);
      await told();
      await heard();
      await done();
      expect(await told()).toEqual([participants({ sender: SELF.phoneJid, ...payload })]);
    });

    it('tells only of those for whom it succeeded', async () => {
      await store.writer.applyResults(session, JID, 'add', [answer(8, 403), answer(9), answer(10, 408)], SELF);
      expect(await told()).toEqual([participants({ sender: SELF.phoneJid, join: [phone(9)] })]);
    });

    it('claims nothing that WhatsApp only says to be so already', async () => {
      await store.writer.applyResults(session, JID, 'add', [answer(8, 409), answer(9)], SELF);
      await store.writer.applyResults(session, JID, 'remove', [answer(2, 404), answer(3)], SELF);
      expect(await told()).toEqual([
        participants({ sender: SELF.phoneJid, join: [phone(9)] }),
        participants({ join: [phone(8)] }),
        participants({ sender: SELF.phoneJid, leave: [phone(3)] }),
        participants({ leave: [phone(2)] }),
      ]);
    });

    it('tells once what two callers do at the same time', async () => {
      const other = new GroupWriter(store.database);
      await Promise.all(
        [store.writer, other].flatMap((writer) => [
          writer.applyResults(session, JID, 'add', [answer(8)], SELF),
          writer.apply(
            session,
            { groupJid: JID, at: 1, changes: [{ type: 'added', participants: people(8, 9) }] },
            SELF,
          ),
          writer.applyResults(session, JID, 'promote', [answer(2)], SELF),
        ]),
      );
      const joins = (await told()).filter(([, payload]) => 'join' in payload);
      expect(joins).toHaveLength(1);
    });

    it('tells a setting with the account as sender', async () => {
      await store.writer.updateSettings(session, JID, { subject: 'Choir' });
      await store.writer.updateSettings(session, JID, { subject: 'Choir' });
      expect(await told()).toEqual([
        update({ sender: SELF.phoneJid, change: 'settings', settings: { subject: 'Choir' } }),
      ]);
    });

    it('belongs to the organization of the session, and to the transaction of the change', async () => {
      await store.writer.applyResults(session, JID, 'add', [answer(9)], SELF);
      const [row] = await rows();
      const [changed] = await store.database.dataSource.query<[{ xmin: string }]>(
        'select xmin::text::bigint as xmin from groups where session_id = $1',
        [session],
      );
      expect(row).toMatchObject({ organization_id: OURS.organizationId, transaction_id: changed.xmin });
    });
  });

  describe('when the account comes or goes', () => {
    it.each<[string, GroupChange[]]>([
      ['is removed', [{ type: 'removed', participants: [SELF] }]],
      ['leaves on the phone', [{ type: 'left', participants: [{ lid: SELF.lid }] }]],
      ['sees the group end', [{ type: 'deleted' }]],
    ])('tells that it left when it %s', async (_, changes) => {
      await notify(changes, { actor: user(1) });
      expect(await told()).toEqual([update({ sender: phone(1), change: 'left' })]);
    });

    it('tells who else was removed with it', async () => {
      await notify([{ type: 'removed', participants: [user(2), SELF] }], { actor: user(1) });
      expect(await told()).toEqual([
        participants({ sender: phone(1), leave: [phone(2)] }),
        update({ sender: phone(1), change: 'left' }),
      ]);
    });

    it('tells its own leaving once, as its own', async () => {
      await store.writer.markLeft(session, JID, { actor: SELF });
      await notify([{ type: 'left', participants: [SELF] }], { actor: SELF });
      expect(await told()).toEqual([update({ sender: SELF.phoneJid, change: 'left' })]);
    });

    it('tells that it joined, and nothing of who is there, when it comes back', async () => {
      await store.writer.markLeft(session, JID);
      await told();
      await store.writer.save(session, groupOf(JID, 9, { subject: 'Choir' }), SELF, { news: { actor: user(1) } });
      expect(await told()).toEqual([update({ sender: phone(1), change: 'joined' })]);
    });

    it('tells that it joined a group that somebody made, once', async () => {
      const created: GroupChange = { type: 'created', group: groupOf(OTHER, 3) };
      await notify([created], { groupJid: OTHER, actor: user(1) });
      await notify([created], { groupJid: OTHER, actor: user(1) });
      await store.writer.synchronise(session, [groupOf(JID, 4), groupOf(OTHER, 3)], SELF);
      expect(await told()).toEqual([update({ groupJid: OTHER, sender: phone(1), change: 'joined' })]);
    });

    it('tells its own promotion as that of anybody', async () => {
      await notify([{ type: 'demoted', participants: [SELF] }], { actor: user(1) });
      expect(await told()).toEqual([participants({ sender: phone(1), demote: [SELF.phoneJid] })]);
    });
  });

  describe('by a synchronisation', () => {
    it('is nothing the first time, whatever was stored before, nor by a reading before it', async () => {
      session = (await store.sessions.create(OURS)).id;
      await store.writer.save(session, groupOf(OTHER, 3), SELF);
      await store.writer.synchronise(session, [groupOf(JID, 4), groupOf(OTHER, 5)], SELF);
      expect(await told()).toEqual([]);
    });

    it('is the arrival in a group even before the first one', async () => {
      session = (await store.sessions.create(OURS)).id;
      await store.writer.save(session, groupOf(JID, 3), SELF, { news: { actor: SELF } });
      expect(await told()).toEqual([update({ sender: SELF.phoneJid, change: 'joined' })]);
    });

    it('is every difference later on, by nobody', async () => {
      const [, first, second, ...more] = groupOf(JID, 6).participants;
      const participantsNow = [{ ...SELF, role: 'admin' as const }, { ...second!, role: 'admin' as const }, ...more];
      expect(first).toMatchObject(user(1));
      const now = groupOf(JID, 0, { participants: participantsNow, isAnnounce: true });
      await store.writer.synchronise(session, [now, groupOf(OTHER, 9)], SELF);
      expect(await told()).toEqual([
        update({ change: 'settings', settings: { isAnnounce: true } }),
        participants({ leave: [phone(1)] }),
        participants({ join: [phone(4), phone(5)] }),
        participants({ promote: [phone(2)] }),
        update({ groupJid: OTHER, change: 'joined' }),
      ]);
      await store.writer.synchronise(session, [now, groupOf(OTHER, 9)], SELF);
      expect(await told()).toEqual([]);
      await store.writer.synchronise(session, [now], SELF);
      expect(await told()).toEqual([update({ groupJid: OTHER, change: 'left' })]);
    });

    it('does not blame who brought the account back for what changed meanwhile', async () => {
      await store.writer.save(session, groupOf(JID, 5), SELF, { news: { actor: SELF } });
      expect(await told()).toEqual([participants({ join: [phone(4)] })]);
    });
  });

  it.each([
    ['with somebody who is new', 'add', 9, { join: [phone(9)] }],
    ['with nobody but members', 'promote', 2, { promote: [phone(2)] }],
  ] as const)('tells nothing of a write that another one came before (%s)', async (_, action, n, payload) => {
    const blocker = store.database.dataSource.createQueryRunner();
    await blocker.startTransaction();
    await blocker.query('update groups set version = version + 1 where session_id = $1', [session]);
    const write = store.writer.applyResults(session, JID, action, [answer(n)], SELF);
    await eventually(async () => {
      const waiting: unknown = await blocker.query(
        'select 1 from pg_locks where not granted and pg_backend_pid() = any (pg_blocking_pids(pid))',
      );
      expect(waiting).toHaveLength(1);
    });
    await blocker.commitTransaction();
    await blocker.release();
    await write;
    expect(await told()).toEqual([participants({ sender: SELF.phoneJid, ...payload })]);
  });

  it('tells nothing of a session that is gone', async () => {
    await store.sessions.delete(OURS, session);
    await expect(store.writer.applyResults(session, JID, 'add', [answer(10)], SELF)).rejects.toThrow('session');
    expect(await told()).toEqual([]);
  });
});
