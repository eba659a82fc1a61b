import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { Database, GroupWriter } from '#store';
import { eventually } from '../support/eventually.js';
import { groupOf, lid, openStore, OURS, phone, SELF, type Store } from './open-store.js';

const GROUPS = ['120363000000000001@g.us', '120363000000000002@g.us', '120363000000000003@g.us'];

/** Somebody in every group, by LID alone or by both addresses. */
const groupsWith = (isWhole: boolean) =>
  GROUPS.map((groupJid) => {
    const somebody = { lid: lid(1), ...(isWhole && { phoneJid: phone(1) }), role: 'member' as const };
    return groupOf(groupJid, 0, { owner: undefined, participants: [{ ...SELF, role: 'admin' }, somebody] });
  });

describe('a write of several groups and of who is in them', () => {
  let store: Store;
  let database: Database;
  let other: pg.Client;

  beforeAll(async () => {
    store = await openStore();
    other = new pg.Client({ connectionString: store.url });
    await other.connect();
    // How PostgreSQL joins decides in which order it comes to the groups: this is the plan that begins with one of them.
    const name = new URL(store.url).pathname.slice(1);
    for (const join of ['hashjoin', 'mergejoin'])
      await other.query(`alter database "${name}" set enable_${join} = off`);
    database = await Database.connect({ url: store.url });
  });

  afterAll(async () => {
    await other.end();
    await database.close();
    await store.close();
  });

  const waiting = (): Promise<unknown[]> =>
    store.database.dataSource.query(
      "select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
    );

  it('takes no identity before it has all of its groups, so that who has one of those never waits for it', async () => {
    const writer = new GroupWriter(database);
    const { id: session } = await store.sessions.create(OURS);
    await writer.synchronise(session, groupsWith(false), SELF);
    await other.query('begin');
    await other.query('select from groups where session_id = $1 order by id desc limit 1 for no key update', [session]);
    const written = writer.synchronise(session, groupsWith(true), SELF);
    await eventually(async () => expect(await waiting()).toHaveLength(1));
    await other.query('insert into identities values ($1, $2, $3)', [session, lid(1), phone(1)]);
    await other.query('commit');
    expect(await written).toMatchObject({ changed: 3, stale: [] });
    expect(await store.identities.resolve(session, [{ lid: lid(1) }])).toEqual([{ lid: lid(1), phoneJid: phone(1) }]);
  });
});
