import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { EventLog, LOG_START, migrate } from '#store';
import { readable } from '../support/readable-log.js';
import { openStore, type Store } from './open-store.js';

/** Far beyond what the server of the tests has come to. */
const FAR = 9_000_000_000;

describe('a database that was restored from another server', () => {
  let store: Store;
  let client: pg.Client;
  let log: EventLog;

  beforeEach(async () => {
    store = await openStore();
    log = new EventLog(store.database);
    client = new pg.Client({ connectionString: store.url });
    await client.connect();
    await client.query(`
      insert into webhooks (id, organization_id, url, events, header_names, key_id, sealed, retry_policy,
        retry_delay_seconds, retry_attempts, active, created_at, updated_at)
      values ('wh_1', 'ours', 'http://x', '{*}', '{}', 'k', '', 'constant', 1, 1, true, 1, 1);
      insert into events (transaction_id, id, organization_id, event, payload, created_at)
      select ${FAR} + n * 1000, 'evt_' || n, 'ours', 'auth.qr', '{}', 1 from generate_series(1, 4) n;
      insert into webhook_deliveries (id, webhook_id, lane, event_transaction_id, event_position, status, due_at, created_at)
      select 'dlv_' || id, 'wh_1', 0, transaction_id, position, 'pending', now(), now() from events;
      update webhook_cursor set (transaction_id, position) = (
        select transaction_id, position from events where id = 'evt_2'
      )`);
  });
  afterEach(async () => {
    await client.end();
    await store.close();
  });

  const idsOf = async (text: string): Promise<string[]> =>
    (await client.query<{ id: string }>(text)).rows.map(({ id }) => id);
  const isLive = (): Promise<void> =>
    log.append([{ organizationId: 'ours', event: 'auth.qr', payload: { expiresAt: 1 } }]);

  it('has its events before all that happens from now on, in the order in which they were', async () => {
    await migrate(store.url);
    await isLive();
    await readable(log);
    const { events } = await log.read(LOG_START, 10);
    expect(events.map(({ id }) => id)).toEqual([
      'evt_1',
      'evt_2',
      'evt_3',
      'evt_4',
      expect.stringMatching(/^evt_.{26}$/),
    ]);
    expect(events.at(-1)?.position.transaction).toBeGreaterThan(0);
  });

  it('goes on handing out to webhooks where that had come to, and their deliveries still know their events', async () => {
    await migrate(store.url);
    await isLive();
    const toHandOut = await idsOf(`
      select e.id from events e, webhook_cursor c
      where (e.transaction_id, e.position) > (c.transaction_id, c.position) order by e.transaction_id, e.position`);
    expect(toHandOut).toEqual(['evt_3', 'evt_4', expect.stringMatching(/^evt_.{26}$/)]);
    const delivered = await idsOf(`
      select e.id from webhook_deliveries d
      join events e on (e.transaction_id, e.position) = (d.event_transaction_id, d.event_position)
      where d.id = 'dlv_' || e.id order by e.id`);
    expect(delivered).toEqual(['evt_1', 'evt_2', 'evt_3', 'evt_4']);
  });

  it('is taken in once: another start changes nothing', async () => {
    await migrate(store.url);
    const positions = 'select transaction_id || id as id from events order by transaction_id';
    const before = await idsOf(positions);
    await migrate(store.url);
    expect(await idsOf(positions)).toEqual(before);
  });
});
