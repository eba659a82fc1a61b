import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { Database, EventLog, EventRetention, LOG_START, type RetentionLimits } from '#store';
import { readable } from '../support/readable-log.js';
import { openStore, type Store } from './open-store.js';

const OLD = 1_000;
const CUT = 2_000;
const YOUNG = 3_000;
const LOCK_SPACE = 0x57477731;
const BY_AGE: RetentionLimits = { before: CUT, upTo: LOG_START };

describe('events that are not to be kept', () => {
  let store: Store;
  let client: pg.Client;
  let retention: EventRetention;

  beforeEach(async () => {
    store = await openStore();
    retention = new EventRetention(store.database);
    client = new pg.Client({ connectionString: store.url });
    await client.connect();
  });
  afterEach(async () => {
    await client.end();
    await store.close();
  });

  /** One event for each moment, in this order: number 1, 2, 3…, of transactions that are long over. */
  const insert = async (...moments: number[]): Promise<void> => {
    await client.query(
      `insert into events (transaction_id, id, organization_id, event, payload, created_at)
       select 1 + n / 10, 'evt_' || n, 'ours', 'auth.qr', '{}', moment
       from unnest($1::bigint[]) with ordinality as given (moment, n) order by n`,
      [moments],
    );
  };
  /** The numbers of those that are there. */
  const left = async (): Promise<number[]> => {
    const { rows } = await client.query<{ id: string }>('select id from events order by transaction_id, position');
    return rows.map(({ id }) => Number(id.slice('evt_'.length)));
  };
  const webhook = async (id: string, active = true): Promise<void> => {
    await client.query(
      `insert into webhooks (id, organization_id, url, events, header_names, key_id, sealed, retry_policy,
         retry_delay_seconds, retry_attempts, active, created_at, updated_at)
       values ($1, 'ours', 'http://x', '{*}', '{}', 'k', '', 'constant', 1, 1, $2, 1, 1)`,
      [id, active],
    );
  };
  const deliver = async (webhookId: string, number: number, status: string): Promise<void> => {
    await client.query(
      `insert into webhook_deliveries (id, webhook_id, lane, event_transaction_id, event_position, status, due_at, created_at)
       select 'dlv_' || $1 || $2::bigint, $1, 0, transaction_id, position, $3, now(), now() from events where id = 'evt_' || $2::bigint`,
      [webhookId, number, status],
    );
  };
  const handOutUpTo = async (number: number): Promise<void> => {
    await client.query(
      'update webhook_cursor c set (transaction_id, position) = (select transaction_id, position from events where id = $1)',
      [`evt_${number}`],
    );
  };

  it('are those that are too old', async () => {
    await insert(OLD, OLD, CUT, YOUNG);
    expect(await retention.remove(BY_AGE)).toEqual({ removed: 2, isLast: true });
    expect(await left()).toEqual([3, 4]);
  });

  it('go from the old end only: one that is to be kept has nothing missing behind it', async () => {
    await insert(OLD, YOUNG, OLD, OLD, YOUNG);
    expect(await retention.remove(BY_AGE)).toMatchObject({ removed: 1 });
    expect(await left()).toEqual([2, 3, 4, 5]);
  });

  it('are those that are too many, however young', async () => {
    await insert(YOUNG, YOUNG, YOUNG, YOUNG);
    expect(await retention.overflow(4)).toEqual(LOG_START);
    const upTo = await retention.overflow(3);
    expect(await retention.remove({ before: CUT, upTo })).toMatchObject({ removed: 1 });
    expect(await left()).toEqual([2, 3, 4]);
    await retention.remove({ before: CUT, upTo: await retention.overflow(1) });
    expect(await left()).toEqual([4]);
  });

  it('stay while an active webhook has not got one of them, from that one on', async () => {
    await insert(OLD, OLD, OLD, OLD);
    await webhook('wh_1');
    await webhook('wh_2');
    await handOutUpTo(4);
    await deliver('wh_1', 1, 'delivered');
    await deliver('wh_2', 1, 'dead');
    await deliver('wh_1', 2, 'delivered');
    await deliver('wh_2', 3, 'pending');
    await retention.remove({ before: CUT, upTo: await retention.overflow(1) });
    expect(await left()).toEqual([3, 4]);
    await client.query("update webhook_deliveries set status = 'delivered'");
    await retention.remove(BY_AGE);
    expect(await left()).toEqual([]);
  });

  it('do not stay for a webhook that is not active, and their deliveries go with them', async () => {
    await insert(OLD, OLD);
    await webhook('wh_1', false);
    await handOutUpTo(2);
    await deliver('wh_1', 1, 'pending');
    await deliver('wh_1', 2, 'pending');
    await retention.remove(BY_AGE);
    expect(await left()).toEqual([]);
    expect((await client.query('select from webhook_deliveries')).rowCount).toBe(0);
  });

  it('stay while they have not been handed out, if there is a webhook that could get them', async () => {
    await insert(OLD, OLD, OLD);
    await webhook('wh_1');
    await handOutUpTo(1);
    await retention.remove({ before: CUT, upTo: await retention.overflow(1) });
    expect(await left()).toEqual([2, 3]);
    await client.query('delete from webhooks');
    await retention.remove(BY_AGE);
    expect(await left()).toEqual([]);
  });

  it('stay while an older transaction may still add some before them', async () => {
    const log = new EventLog(store.database);
    await client.query('begin');
    await client.query('select pg_current_xact_id()');
    await log.append([{ organizationId: 'ours', event: 'auth.qr', payload: { expiresAt: 1 } }]);
    const limits = { before: Number.MAX_SAFE_INTEGER, upTo: LOG_START };
    expect(await retention.remove(limits)).toMatchObject({ removed: 0 });
    await client.query('commit');
    await readable(log);
    expect(await retention.remove(limits)).toMatchObject({ removed: 1 });
  });

  it('are left to the process that is at it', async () => {
    await insert(OLD);
    const other = await Database.connect({ url: store.url });
    const lock = `select pg_advisory_xact_lock(${LOCK_SPACE}, 5)`;
    await client.query('begin');
    await client.query(lock);
    expect(await new EventRetention(other).remove(BY_AGE)).toEqual({ removed: 0, isLast: true });
    await client.query('commit');
    await other.close();
    expect(await retention.remove(BY_AGE)).toMatchObject({ removed: 1 });
  });

  it('go in batches, by several processes at once, too, and not one more than may go', async () => {
    await insert(...Array.from({ length: 3_500 }, () => OLD), YOUNG);
    expect(await retention.remove(BY_AGE)).toEqual({ removed: 1_000, isLast: false });
    expect((await left())[0]).toBe(1_001);
    const other = await Database.connect({ url: store.url });
    for (let removed = 1_000; removed < 3_500;) {
      const batches = await Promise.all([retention.remove(BY_AGE), new EventRetention(other).remove(BY_AGE)]);
      for (const batch of batches) removed += batch.removed;
      expect(removed).toBeLessThanOrEqual(3_500);
    }
    await other.close();
    expect(await left()).toEqual([3_501]);
  });

  it('are found through indexes, however long the log is', async () => {
    await webhook('wh_1');
    await client.query(`
      insert into events (transaction_id, id, organization_id, event, payload, created_at)
      select 1 + n / 100, 'evt_' || n, 'ours', 'auth.qr', '{}', 1 from generate_series(1, 50000) n;
      insert into webhook_deliveries (id, webhook_id, lane, event_transaction_id, event_position, status, due_at, created_at)
      select 'dlv_' || id, 'wh_1', 0, transaction_id, position, 'delivered', now(), now() from events;
      update webhook_cursor set transaction_id = 1000;
      analyze events, webhook_deliveries`);
    const narrow = await Database.connect({ url: store.url, poolSize: 1 });
    await new EventRetention(narrow).remove({ before: 0, upTo: LOG_START });
    const rows = await narrow.rows<{ 'QUERY PLAN': string }>(
      { name: 'explain', text: 'explain (analyze, costs off, timing off) execute "events.remove" (2, 0, 0)' },
      [],
    );
    await narrow.close();
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
    expect(plan).toContain('Delete on events');
    expect(plan).not.toMatch(/Seq Scan on (events|webhook_deliveries)/);
    expect((await left()).length).toBe(49_000);
  });
});
