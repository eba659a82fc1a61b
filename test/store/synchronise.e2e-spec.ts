import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import pg from 'pg';
import type { GroupChange, SessionLease } from '#whatsapp';
import { GroupWriter } from '#store';
import { groupOf, lid, openStore, OURS, people, phone, SELF, type Store } from './open-store.js';

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return client;
}

const jid = (n: number): string => `1203630000000${String(n).padStart(5, '0')}@g.us`;

describe('a synchronisation', () => {
  let store: Store;
  let session: string;
  let lease: SessionLease;

  /** Everything that is stored, versions and times included. */
  const contents = async (): Promise<unknown> => {
    const { dataSource } = store.database;
    const groups = await dataSource.query<unknown>('select * from groups where session_id = $1 order by id', [session]);
    const members = await dataSource.query<unknown>(
      'select m.* from group_members m join groups g on g.id = m.group_id where g.session_id = $1 order by m.id',
      [session],
    );
    return [groups, members];
  };
  const roles = async (): Promise<[string, string][]> =>
    (await store.groups.list(OURS, session, {})).data.map(({ groupJid, myRole }) => [groupJid, myRole]);

  beforeAll(async () => {
    store = await openStore();
  });
  afterAll(() => store.close());
  beforeEach(async () => {
    session = (await store.sessions.create(OURS)).id;
    lease = await store.lease(session);
  });

  it('stores every group and member, and when it was done', async () => {
    const groups = [groupOf(jid(1), 3), groupOf(jid(2), 900), groupOf(jid(3), 1), groupOf(jid(4), 700)];
    expect(await store.writer.synchronise(session, groups, SELF)).toEqual({ groups: 4, changed: 4, stale: [] });
    for (const { groupJid, participants } of groups) {
      expect((await store.groups.get(OURS, session, groupJid)).participantCount).toBe(participants.length);
      const { data } = await store.members.list(OURS, session, groupJid, {});
      expect(data.map((member) => member.jid)).toEqual(participants.map(({ phoneJid }) => phoneJid));
    }
    expect((await store.sessions.get(OURS, session)).groupsSyncedAt).toEqual(expect.any(Number));
  });

  it('that finds nothing new changes not one byte', async () => {
    const groups = [groupOf(jid(1), 30), groupOf(jid(2), 2)];
    await store.writer.synchronise(session, groups, SELF);
    const before = await contents();
    expect(await store.writer.synchronise(session, groups, SELF)).toEqual({ groups: 2, changed: 0, stale: [] });
    expect(await contents()).toEqual(before);
  });

  it('touches only the groups that changed', async () => {
    await store.writer.synchronise(session, [groupOf(jid(1), 3), groupOf(jid(2), 3)], SELF);
    const same = await store.groups.get(OURS, session, jid(2));
    const changed = await store.writer.synchronise(session, [groupOf(jid(1), 4), groupOf(jid(2), 3)], SELF);
    expect(changed).toEqual({ groups: 2, changed: 1, stale: [] });
    expect(await store.groups.get(OURS, session, jid(2))).toEqual(same);
  });

  it('marks what is missing as left, once, and keeps its rows', async () => {
    await store.writer.synchronise(session, [groupOf(jid(1), 3), groupOf(jid(2), 3)], SELF);
    expect(await store.writer.synchronise(session, [groupOf(jid(1), 3)], SELF)).toMatchObject({ changed: 1 });
    expect(await roles()).toEqual([
      [jid(1), 'admin'],
      [jid(2), 'left'],
    ]);
    expect((await store.members.list(OURS, session, jid(2), {})).data).toHaveLength(2);
    expect(await store.writer.synchronise(session, [groupOf(jid(1), 3)], SELF)).toMatchObject({ changed: 0 });
    await store.writer.synchronise(session, [groupOf(jid(1), 3), groupOf(jid(2), 3)], SELF);
    expect(await roles()).toEqual([
      [jid(1), 'admin'],
      [jid(2), 'admin'],
    ]);
  });

  it('does not undo what was told after the list was asked for, and says which groups to read again', async () => {
    await store.writer.synchronise(
      session,
      [1, 2, 3].map((n) => groupOf(jid(n), 3)),
      SELF,
    );
    const askedAt = Date.now();
    while (Date.now() <= askedAt) await new Promise(setImmediate);
    const removed: GroupChange = { type: 'removed', participants: [{ lid: lid(1) }] };
    await store.writer.apply(session, { groupJid: jid(1), at: 1, changes: [removed] }, SELF);
    await store.writer.save(session, groupOf(jid(3), 5), SELF);
    await store.writer.save(session, groupOf(jid(4), 2), SELF);
    const list = [groupOf(jid(1), 3), groupOf(jid(2), 4)];
    const result = await store.writer.synchronise(session, list, SELF, { askedAt });
    expect(result).toEqual({ groups: 2, changed: 1, stale: [jid(1), jid(3), jid(4)] });
    expect(await store.members.find(session, jid(1), { lid: lid(1) })).toBeUndefined();
    expect((await store.groups.get(OURS, session, jid(2))).participantCount).toBe(4);
    expect(await roles()).toEqual([1, 2, 3, 4].map((n) => [jid(n), 'admin']));
  });

  it('of one group does not undo what was told after it was asked for', async () => {
    await store.writer.save(session, groupOf(jid(1), 3), SELF);
    const askedAt = Date.now();
    while (Date.now() <= askedAt) await new Promise(setImmediate);
    const promoted: GroupChange = { type: 'promoted', participants: [{ lid: lid(1) }] };
    await store.writer.apply(session, { groupJid: jid(1), at: 1, changes: [promoted] }, SELF);
    const before = await contents();
    expect(await store.writer.save(session, groupOf(jid(1), 2), SELF, { askedAt })).toBe('stale');
    expect(await contents()).toEqual(before);
    expect(await store.writer.save(session, groupOf(jid(1), 2), SELF, { askedAt: Date.now() })).toBe('changed');
  });

  it('asks once who people are that many groups have', async () => {
    const tuples = jest.spyOn(store.database, 'tuples');
    const groups = [1, 2, 3].map((n) => groupOf(jid(n), 501));
    await store.writer.synchronise(session, groups, SELF);
    const asked = tuples.mock.calls.filter(([{ name }]) => name === 'identities.known');
    tuples.mockRestore();
    expect(asked).toHaveLength(1);
  });

  it('ends with the failure of any of its writes', async () => {
    const rows = store.database.rows.bind(store.database);
    let writes = 0;
    const failing = jest.spyOn(store.database, 'rows').mockImplementation((statement, values) => {
      if (statement.name === 'writer.write' && ++writes === 2) return Promise.reject(new Error('no more room'));
      return rows(statement, values);
    });
    const groups = [1, 2, 3].map((n) => groupOf(jid(n), 501));
    await expect(store.writer.synchronise(session, groups, SELF)).rejects.toThrow('no more room');
    failing.mockRestore();
    expect((await store.sessions.get(OURS, session)).groupsSyncedAt).toBeUndefined();
  });

  it('of one session leaves the groups of another alone', async () => {
    const other = (await store.sessions.create(OURS)).id;
    await store.writer.synchronise(other, [groupOf(jid(1), 2)], SELF);
    await store.writer.synchronise(session, [], SELF);
    expect(await store.groups.get(OURS, other, jid(1))).toMatchObject({ myRole: 'admin' });
  });

  it('writes large groups one by one, and small ones some hundred members at a time', async () => {
    const sizes = [1_000, 1_000, 200, 200, 200];
    const groups = sizes.map((size, n) =>
      groupOf(jid(n), 0, { participants: people(1 + n * 1_000, 1 + n * 1_000 + size) }),
    );
    const rows = jest.spyOn(store.database, 'rows');
    const result = await store.writer.synchronise(session, groups, SELF);
    const writes = rows.mock.calls.filter(([{ name }]) => name === 'writer.write');
    rows.mockRestore();
    expect(result).toEqual({ groups: 5, changed: 5, stale: [] });
    const newMembers = 24;
    expect(writes.map(([, values]) => (values[newMembers] as unknown[]).length)).toEqual([1_000, 1_000, 400, 200]);
  });

  describe('while everything else goes on', () => {
    it('ends in what all have told, without a deadlock', async () => {
      const size = 40;
      const groups = Array.from({ length: 12 }, (_, n) => groupOf(jid(n), size));
      await store.writer.synchronise(session, groups, SELF);
      const added = Array.from({ length: 12 }, (_, n) => n);
      await Promise.all([
        ...added.flatMap((n) => [
          store.writer.applyResults(
            session,
            jid(n),
            'add',
            [{ input: 'x', phoneJid: phone(500), lid: lid(500), code: 200 }],
            SELF,
          ),
          store.writer.apply(
            session,
            {
              groupJid: jid(n),
              at: 1,
              changes: [{ type: 'added', participants: [{ lid: lid(500), role: 'member' }] }],
            },
            SELF,
          ),
          store.writer.apply(
            session,
            { groupJid: jid(n), at: 1, changes: [{ type: 'promoted', participants: [{ lid: lid(2) }] }] },
            SELF,
          ),
          store.writer.updateSettings(session, jid(n), { subject: 'Renamed' }),
        ]),
        store.writer.synchronise(session, groups, SELF, { askedAt: 1 }),
        store.writer.synchronise(session, [...groups].reverse(), SELF, { askedAt: 1 }),
      ]);
      for (const n of added) {
        expect(await store.groups.get(OURS, session, jid(n))).toMatchObject({
          subject: 'Renamed',
          participantCount: size + 1,
        });
        const { data } = await store.members.list(OURS, session, jid(n), {});
        expect(data.filter((member) => member.lid === lid(500))).toMatchObject([{ jid: phone(500) }]);
        expect(data.find((member) => member.lid === lid(2))).toMatchObject({ role: 'admin' });
      }
    });

    it('loses nothing of a hundred results that come at once, from two processes', async () => {
      await store.writer.save(session, groupOf(jid(1), 1), SELF);
      const other = new GroupWriter(store.database);
      const add = (writer: GroupWriter, n: number) =>
        writer.applyResults(session, jid(1), 'add', [{ input: '', phoneJid: phone(n), code: 200 }], SELF);
      await Promise.all(Array.from({ length: 100 }, (_, i) => add(i % 2 ? other : store.writer, i + 1)));
      expect(await store.groups.get(OURS, session, jid(1))).toMatchObject({ participantCount: 101 });
      expect((await store.members.list(OURS, session, jid(1), {})).data).toHaveLength(101);
    });

    it('waits for a deletion of the session before it holds anything that the deletion needs', async () => {
      await store.writer.save(session, groupOf(jid(1), 2), SELF);
      const [deletion, observer] = await Promise.all([connect(store.url), connect(store.url)]);
      const isWaiting = async (): Promise<boolean> =>
        (
          await observer.query(
            `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
          )
        ).rowCount === 1;
      const writes = [
        () => store.writer.updateSettings(session, jid(1), { subject: 'Renamed' }),
        () => store.credentials.write(lease, [{ kind: 'creds', id: '', value: Buffer.from('new') }]),
      ];
      await writes[1]?.();
      for (const write of writes) {
        await deletion.query('begin');
        await deletion.query('select from sessions where id = $1 for update', [session]);
        let isDone = false;
        const done = write().finally(() => (isDone = true));
        while (!isDone && !(await isWaiting())) await new Promise(setImmediate);
        expect(isDone).toBe(false);
        await observer.query('select from groups where session_id = $1 for update nowait', [session]);
        await observer.query('select from session_credentials where session_id = $1 for update nowait', [session]);
        await deletion.query('rollback');
        await done;
      }
      await Promise.all([deletion.end(), observer.end()]);
    });

    it('gives way to the deletion of the session', async () => {
      const groups = Array.from({ length: 30 }, (_, n) => groupOf(jid(n), 50));
      const work = Promise.allSettled([
        store.writer.synchronise(session, groups, SELF),
        ...groups.map((group) => store.writer.save(session, group, SELF)),
        store.credentials.write(lease, [{ kind: 'creds', id: '', value: Buffer.from('x') }]),
        store.sessions.delete(OURS, session),
      ]);
      for (const outcome of await work) {
        if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'not_found' });
      }
      expect(await contents()).toEqual([[], []]);
    });
  });
});
