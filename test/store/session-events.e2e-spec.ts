import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { EVENT_PAYLOADS } from '#store';
import { eventually } from '../support/eventually.js';
import { openStore, OURS, type Store } from './open-store.js';

describe('what is told of sessions', () => {
  let store: Store;
  let session: string;

  /** In order, what was told since it was last asked for. */
  const told = async (id = session): Promise<object[]> => {
    const rows = await store.database.dataSource.query<{ organization_id: string; event: string; payload: object }[]>(
      'select organization_id, event, payload from events where session_id = $1 order by transaction_id, position',
      [id],
    );
    await store.database.dataSource.query('delete from events where session_id = $1', [id]);
    return rows.map(({ organization_id, event, payload }) => {
      expect([organization_id, event]).toEqual([OURS.organizationId, 'session.status']);
      return EVENT_PAYLOADS['session.status'].parse(payload);
    });
  };

  const waiting = (count: number) =>
    eventually(async () => {
      const statements: unknown = await store.database.dataSource.query(
        `select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
      );
      expect(statements).toHaveLength(count);
    });

  beforeAll(async () => {
    store = await openStore();
  });
  afterAll(() => store.close());
  beforeEach(async () => {
    session = (await store.sessions.create(OURS)).id;
  });

  it('is each status, with its reason and the moment of the next try where there are any', async () => {
    await store.sessions.updateState(session, { desired: 'running', status: 'starting' });
    await store.sessions.updateState(session, { status: 'working', statusReason: null });
    await store.sessions.updateState(session, { status: 'starting', statusReason: 'reconnecting', nextRetryAt: 5_000 });
    await store.sessions.updateState(session, { status: 'failed', statusReason: 'replaced', nextRetryAt: null });
    expect(await told()).toEqual([
      { status: 'starting' },
      { status: 'working' },
      { status: 'starting', statusReason: 'reconnecting', nextRetryAt: 5_000 },
      { status: 'failed', statusReason: 'replaced' },
    ]);
  });

  it('is another reason of the same status', async () => {
    await store.sessions.updateState(session, { statusReason: 'a' });
    await store.sessions.updateState(session, { statusReason: 'b' });
    await store.sessions.updateState(session, { statusReason: null });
    expect(await told()).toEqual([
      { status: 'stopped', statusReason: 'a' },
      { status: 'stopped', statusReason: 'b' },
      { status: 'stopped' },
    ]);
  });

  it('is nothing where status and reason stay, whatever else changes, nor that a session was made', async () => {
    await store.sessions.updateState(session, { status: 'stopped', statusReason: null, desired: 'running' });
    await store.sessions.updateState(session, { nextRetryAt: 9, lastConnectedAt: 8, waJid: '1555@s.whatsapp.net' });
    await store.sessions.updateSettings(OURS, session, { label: 'told', ratePerMin: 7 });
    expect(await told()).toEqual([]);
  });

  it('is what the first of two who say the same at once has changed', async () => {
    const blocker = store.database.dataSource.createQueryRunner();
    await blocker.startTransaction();
    await blocker.query('select 1 from sessions where id = $1 for no key update', [session]);
    const both = [1, 2].map(() => store.sessions.updateState(session, { status: 'working' }));
    await waiting(2);
    await blocker.commitTransaction();
    await blocker.release();
    await Promise.all(both);
    expect(await told()).toEqual([{ status: 'working' }]);
  });

  it('keeps what somebody else has changed while it waited', async () => {
    const blocker = store.database.dataSource.createQueryRunner();
    await blocker.startTransaction();
    await blocker.query(`update sessions set label = 'meanwhile', rate_per_min = 3 where id = $1`, [session]);
    const late = store.sessions.updateState(session, { status: 'working' });
    await waiting(1);
    await blocker.commitTransaction();
    await blocker.release();
    expect(await late).toMatchObject({ status: 'working', label: 'meanwhile', ratePerMin: 3 });
  });

  it('is nothing under a lease that somebody else has by now', async () => {
    const { fence } = await store.lease(session);
    await store.sessions.updateState(session, { status: 'working' }, fence);
    await store.lease(session);
    expect(await store.sessions.updateState(session, { status: 'failed' }, fence)).toBeUndefined();
    expect(await told()).toEqual([{ status: 'working' }]);
  });

  it('is that those were stopped that were left half way through it, and no others', async () => {
    const [left, failed, running] = await Promise.all(
      [1, 2, 3].map(async () => (await store.sessions.create(OURS)).id),
    );
    await store.sessions.updateState(left!, { status: 'working', statusReason: 'x', nextRetryAt: 5 });
    await store.sessions.updateState(failed!, { status: 'failed', statusReason: 'banned' });
    await store.sessions.updateState(running!, { status: 'working', desired: 'running' });
    for (const id of [left, failed, running]) await told(id);
    await store.sessions.settleStopped();
    await store.sessions.settleStopped();
    expect(await Promise.all([left, failed, running].map((id) => told(id)))).toEqual([[{ status: 'stopped' }], [], []]);
  });

  it('stays in the log when the session is deleted', async () => {
    await store.sessions.updateState(session, { status: 'logged_out', statusReason: 'logout' });
    await store.sessions.delete(OURS, session);
    expect(await store.sessions.updateState(session, { status: 'working' })).toBeUndefined();
    expect(await told()).toEqual([{ status: 'logged_out', statusReason: 'logout' }]);
  });
});
