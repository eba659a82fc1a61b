import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { NotFoundError } from '#errors';
import { DeliveryFanOut, DeliveryRepository, newEventId, type DeliveryRecord, type TenantScope } from '#store';
import { eventually } from '../support/eventually.js';
import { insertEvents, insertWebhook, type EventRowDraft } from '../support/webhook-rows.js';
import { openStore, OURS, THEIRS, type Store } from './open-store.js';

let store: Store;
let client: pg.Client;
let deliveries: DeliveryRepository;
let webhook: string;

beforeAll(async () => {
  store = await openStore();
  client = new pg.Client({ connectionString: store.url });
  await client.connect();
  deliveries = new DeliveryRepository(store.database);
});
afterAll(async () => {
  await client.end();
  await store.close();
});
beforeEach(async () => {
  await client.query('delete from webhooks; delete from events; delete from sessions');
  webhook = await insertWebhook(client);
});

/** Events of these, handed out to all webhooks. Gives the events' ids. */
async function happen(...drafts: EventRowDraft[]): Promise<string[]> {
  const ids = await insertEvents(client, ...drafts);
  const fanOut = new DeliveryFanOut(store.database);
  for (;;) {
    const { events, isHeldBack } = await fanOut.handOut(500);
    if (events === 0 && !isHeldBack) return ids;
  }
}

const all = async (scope: TenantScope = OURS, of = webhook): Promise<DeliveryRecord[]> =>
  (await deliveries.list(scope, of, {})).data;
const eventsOf = (found: readonly DeliveryRecord[]): string[] => found.map(({ eventId }) => eventId);
const set = (eventId: string, columns: string): Promise<unknown> =>
  client.query(
    `update webhook_deliveries d set ${columns} from events e
     where (e.transaction_id, e.position) = (d.event_transaction_id, d.event_position) and e.id = $1`,
    [eventId],
  );
const DEAD = "status = 'dead', attempts = 15";

async function only(): Promise<DeliveryRecord> {
  const [delivery, ...others] = await all();
  if (!delivery || others.length > 0) throw new Error('there is not one delivery');
  return delivery;
}

/** What `work` says on the channel. */
async function heardWhile(work: () => Promise<unknown>): Promise<string[]> {
  const heard: string[] = [];
  const listener = new pg.Client({ connectionString: store.url });
  await listener.connect();
  listener.on('notification', ({ payload }) => heard.push(payload ?? ''));
  await listener.query('listen gateway_webhooks');
  await work();
  // Messages come before the answer to what is asked after them.
  await listener.query('select 1');
  await listener.end();
  return heard;
}

describe('the list of deliveries', () => {
  it('tells of each what it is of and when it is due', async () => {
    const before = Date.now();
    const [eventId] = await happen({ sessionId: 'a', event: 'auth.qr' });
    const delivery = await only();
    expect(delivery).toEqual({
      id: expect.stringMatching(/^dlv_[0-9A-Z]{26}$/),
      webhookId: webhook,
      eventId,
      event: 'auth.qr',
      sessionId: 'a',
      status: 'pending',
      attempts: 0,
      nextAttemptAt: delivery.createdAt,
      createdAt: expect.any(Number),
      lastAttempt: undefined,
    });
    expect(Math.abs(delivery.createdAt - before)).toBeLessThan(60_000);
  });

  it('tells what the last attempt came to, and of what has ended no next one', async () => {
    const [failed = '', delivered = ''] = await happen({}, { sessionId: null, event: 'webhook.paused' });
    await set(
      failed,
      `attempts = 2, due_at = to_timestamp(1700000060), last_attempt_at = to_timestamp(1700000000.123), last_status = 503,
       last_error = 'http_status', last_latency_ms = 7, response_excerpt = 'busy'`,
    );
    await set(
      delivered,
      `status = 'delivered', attempts = 1, last_attempt_at = now(), last_status = 204, last_latency_ms = 3`,
    );
    const [newer, older] = await all();
    expect(older).toMatchObject({
      attempts: 2,
      nextAttemptAt: 1_700_000_060_000,
      lastAttempt: {
        at: 1_700_000_000_123,
        statusCode: 503,
        error: 'http_status',
        latencyMs: 7,
        responseExcerpt: 'busy',
      },
    });
    expect(newer).toMatchObject({ status: 'delivered', sessionId: undefined, nextAttemptAt: undefined });
    expect(newer?.lastAttempt).toEqual({
      at: expect.any(Number),
      statusCode: 204,
      error: undefined,
      latencyMs: 3,
      responseExcerpt: undefined,
    });
  });

  it('begins with the newest and is paged, whatever comes meanwhile', async () => {
    const [one, two, three] = await happen({}, {}, {});
    const first = await deliveries.list(OURS, webhook, { limit: 2 });
    expect(eventsOf(first.data)).toEqual([three, two]);
    await happen({});
    const second = await deliveries.list(OURS, webhook, { limit: 2, cursor: first.nextCursor });
    expect(eventsOf(second.data)).toEqual([one]);
    expect(second.nextCursor).toBe('');
    const other = await insertWebhook(client);
    await expect(deliveries.list(OURS, other, { cursor: first.nextCursor })).rejects.toThrow('cursor');
  });

  it('is filtered by status', async () => {
    const [pending, delivered = '', dead = ''] = await happen({}, {}, {});
    await set(delivered, "status = 'delivered'");
    await set(dead, DEAD);
    const of = async (status: 'pending' | 'delivered' | 'dead'): Promise<string[]> =>
      eventsOf((await deliveries.list(OURS, webhook, { status, limit: 10 })).data);
    expect(await of('pending')).toEqual([pending]);
    expect(await of('delivered')).toEqual([delivered]);
    expect(await of('dead')).toEqual([dead]);
  });

  it('is empty for whoever does not see the webhook, and for another webhook', async () => {
    await happen({ sessionId: 'a' });
    expect(await all(THEIRS)).toEqual([]);
    expect(await all({ ...OURS, sessionIds: ['a'] })).toEqual([]);
    expect(await all(OURS, await insertWebhook(client))).toEqual([]);
    expect(await all()).toHaveLength(1);
  });

  it('shows whoever is limited to some sessions the deliveries of these only', async () => {
    const [a] = await happen({ sessionId: 'a' }, { sessionId: 'b' }, { sessionId: null });
    await client.query('update webhooks set session_ids = $1 where id = $2', [['a'], webhook]);
    expect(eventsOf(await all({ ...OURS, sessionIds: ['a'] }))).toEqual([a]);
    expect(await all()).toHaveLength(3);
  });
});

describe('a long list of deliveries', () => {
  const ours = { ...OURS, sessionIds: ['a'] };
  const MANY = 5_000;
  let wanted: string[];

  beforeEach(async () => {
    wanted = await happen({ sessionId: 'a' }, { sessionId: 'a' });
    await client.query('update webhook_deliveries set status = $1', ['delivered']);
    await client.query(
      `with event as (
         insert into events (transaction_id, id, organization_id, session_id, event, payload, created_at)
         select 1, 'evt_' || n, 'ours', 'b', 'auth.qr', '{}', 0 from generate_series(1, $2::integer) as n
         returning id, transaction_id, position
       )
       insert into webhook_deliveries (id, webhook_id, lane, event_transaction_id, event_position, status, due_at, created_at)
       select 'dlv_7' || lpad(substr(id, 5), 25, '0'), $1, 0, transaction_id, position, 'pending', now(), now() from event`,
      [webhook, MANY],
    );
    wanted.push(...(await happen({ sessionId: 'a' })));
    await client.query(
      "update webhook_deliveries set id = 'dlv_8' || substr(id, 6), status = 'delivered' where event_transaction_id > 1 and status = 'pending'",
    );
    await client.query('update webhooks set session_ids = $1 where id = $2', [['a'], webhook]);
  });

  it.each([
    ['by who may see few of them', ours, {}],
    ['by a status that few of them have', OURS, { status: 'delivered' as const }],
  ])('is read %s in pages that may be short, or empty', async (_, scope, filter) => {
    const pages: string[][] = [];
    let cursor = '';
    do {
      const { data, nextCursor } = await deliveries.list(scope, webhook, { ...filter, limit: 2, cursor });
      pages.push(eventsOf(data));
      cursor = nextCursor;
    } while (cursor !== '');
    expect(pages).toEqual([[wanted[2]], [], [wanted[1], wanted[0]]]);
  });
});

describe('a delivery that is asked for again', () => {
  it.each([DEAD, "status = 'delivered', attempts = 3", "attempts = 4, due_at = now() + interval '1 hour'"])(
    'begins anew and is due now, when it was %s',
    async (columns) => {
      const [eventId = ''] = await happen({});
      await set(eventId, `${columns}, last_attempt_at = now(), last_status = 500, last_latency_ms = 1`);
      const { id } = await only();
      const heard = await heardWhile(() => deliveries.redeliver(OURS, webhook, id));
      const after = await only();
      expect(after).toMatchObject({ id, eventId, status: 'pending', attempts: 0, lastAttempt: { statusCode: 500 } });
      expect(after.nextAttemptAt).toBeLessThanOrEqual(Date.now() + 5_000);
      expect(heard).toEqual([webhook]);
    },
  );

  it('is answered as it is from now on', async () => {
    await happen({});
    const { id } = await only();
    expect(await deliveries.redeliver(OURS, webhook, id)).toEqual(await only());
  });

  it('does not exist for whoever does not see it', async () => {
    const [eventId = ''] = await happen({ sessionId: 'b' });
    await set(eventId, DEAD);
    const { id } = await only();
    const other = await insertWebhook(client);
    await client.query('update webhooks set session_ids = $1 where id = $2', [['a'], webhook]);
    const limited = { ...OURS, sessionIds: ['a'] };
    for (const [scope, of, which] of [
      [THEIRS, webhook, id],
      [limited, webhook, id],
      [OURS, other, id],
      [OURS, webhook, `dlv_${newEventId().slice(4)}`],
      [OURS, webhook, 'dlv_x'],
      [OURS, webhook, `${id}\0`],
    ] as const) {
      await expect(deliveries.redeliver(scope, of, which)).rejects.toThrow(new NotFoundError('delivery'));
    }
    expect(await deliveries.redeliverDead(THEIRS, webhook)).toBe(0);
    expect(await deliveries.redeliverDead(limited, webhook)).toBe(0);
    expect(await only()).toMatchObject({ status: 'dead' });
  });
});

describe('all dead deliveries that are asked for again', () => {
  it('are those of that webhook, over several batches, and nothing else', async () => {
    const dead = await happen(...Array.from({ length: 3 }, () => ({})));
    const [pending, delivered = ''] = await happen({}, {});
    for (const eventId of dead) await set(eventId, DEAD);
    await set(delivered, "status = 'delivered'");
    await client.query(
      `with more as (
         insert into events (transaction_id, id, organization_id, session_id, event, payload, created_at)
         select 1, 'evt_' || n, 'ours', 'a', 'auth.qr', '{}', 0 from generate_series(1, 4500) n
         returning transaction_id, position
       )
       insert into webhook_deliveries (id, webhook_id, lane, event_transaction_id, event_position, status, due_at, created_at)
       select 'dlv_' || lpad(position::text, 26, '0'), $1, 0, transaction_id, position, 'dead', now(), now() from more`,
      [webhook],
    );
    const other = await insertWebhook(client);
    await client.query(
      `insert into webhook_deliveries
       select 'dlv_other', $2, lane, event_transaction_id, event_position, 'dead', 0, now(), now()
       from webhook_deliveries where webhook_id = $1 limit 1`,
      [webhook, other],
    );
    let redelivered = 0;
    const heard = await heardWhile(async () => {
      redelivered = await deliveries.redeliverDead(OURS, webhook);
    });
    expect(redelivered).toBe(4_503);
    expect(new Set(heard)).toEqual(new Set([webhook]));
    const { rows } = await client.query<{ webhook_id: string; status: string; attempts: number; count: string }>(
      `select webhook_id, status, attempts, count(*) from webhook_deliveries group by 1, 2, 3 order by 1, 2`,
    );
    expect(rows).toEqual([
      { webhook_id: webhook, status: 'delivered', attempts: 0, count: '1' },
      { webhook_id: webhook, status: 'pending', attempts: 0, count: '4504' },
      { webhook_id: other, status: 'dead', attempts: 0, count: '1' },
    ]);
    expect(eventsOf((await deliveries.list(OURS, webhook, { status: 'pending', limit: 1000 })).data)).toContain(
      pending,
    );
    expect(await deliveries.redeliverDead(OURS, webhook)).toBe(0);
  });

  it('are told of to nobody where there are none', async () => {
    await happen({});
    expect(await heardWhile(() => deliveries.redeliverDead(OURS, webhook))).toEqual([]);
  });
});

describe('a webhook that is changed', () => {
  const retryPolicy = { policy: 'exponential', delaySeconds: 2, attempts: 15 } as const;
  const url = 'http://nowhere.invalid/';

  it('gets what it still wants, and nothing else of what waits; what it got stays in the list', async () => {
    const session = (await store.sessions.create(OURS)).id;
    const [kept, gone = '', delivered = '', dead = '', otherName, none] = await happen(
      { sessionId: session, event: 'auth.qr' },
      { sessionId: 'other', event: 'auth.qr' },
      { sessionId: 'other', event: 'auth.qr' },
      { sessionId: 'other', event: 'auth.qr' },
      { sessionId: session, event: 'auth.code' },
      { sessionId: null, event: 'webhook.paused' },
    );
    await set(delivered, "status = 'delivered'");
    await set(dead, DEAD);
    const revise = (fields: object): Promise<unknown> =>
      store.webhooks.revise(OURS, webhook, () => ({ url, events: ['*'], retryPolicy, active: true, ...fields }));
    await revise({ active: false });
    expect(eventsOf(await all())).toEqual([none, otherName, dead, delivered, gone, kept]);
    await revise({ sessionId: session });
    expect(eventsOf(await all())).toEqual([otherName, delivered, kept]);
    await revise({ sessionId: session, events: ['auth.qr'] });
    expect(eventsOf(await all())).toEqual([delivered, kept]);
  });

  it('is rid of all that it wants no longer, over several batches, whatever it got and still wants', async () => {
    const [kept = '', gone = ''] = await happen({ event: 'auth.code' }, { event: 'auth.qr' });
    await set(kept, "status = 'delivered'");
    await client.query(
      `insert into events (transaction_id, id, organization_id, event, payload, created_at)
       select 1, 'evt_' || n, 'ours', case n % 3 when 0 then 'auth.code' else 'auth.qr' end, '{}', 0
       from generate_series(1, 6000) as n`,
    );
    await client.query(
      `insert into webhook_deliveries (id, webhook_id, lane, event_transaction_id, event_position, status, due_at, created_at)
       select 'dlv_' || lpad(substr(id, 5), 26, '0'), $1, 0, transaction_id, position,
         case substr(id, 5)::integer % 2 when 0 then 'dead' else 'pending' end, now(), now()
       from events where transaction_id = 1`,
      [webhook],
    );
    await store.webhooks.revise(OURS, webhook, () => ({ url, events: ['auth.code'], retryPolicy, active: true }));
    const { rows } = await client.query(
      `select e.event, d.status, count(*)::integer from webhook_deliveries d
       join events e on (e.transaction_id, e.position) = (d.event_transaction_id, d.event_position)
       group by 1, 2 order by 1, 2`,
    );
    expect(rows).toEqual([
      { event: 'auth.code', status: 'dead', count: 1_000 },
      { event: 'auth.code', status: 'delivered', count: 1 },
      { event: 'auth.code', status: 'pending', count: 1_000 },
    ]);
    expect(eventsOf(await all())).not.toContain(gone);
  });

  it('and deleted takes its deliveries along, others untouched', async () => {
    await happen({}, {});
    const other = await insertWebhook(client);
    await happen({});
    await store.webhooks.delete(OURS, webhook);
    const { rows } = await client.query<{ webhook_id: string }>('select webhook_id from webhook_deliveries');
    expect(rows).toEqual([{ webhook_id: other }]);
  });

  /** What comes of `change`, over a delivery that somebody else has, while `meanwhile` happens. */
  const heldUp = async (of: string, change: () => Promise<unknown>, meanwhile: () => Promise<unknown>) => {
    const heard: unknown[] = [];
    const other = new pg.Client({ connectionString: store.url });
    await other.connect();
    other.on('notification', ({ payload }) => heard.push(payload));
    await other.query('listen gateway_webhooks');
    await other.query('begin');
    await other.query('select from webhook_deliveries where webhook_id = $1 for update', [of]);
    const changed = change();
    await eventually(async () => {
      const { rows } = await client.query("select 1 from pg_locks where not granted and locktype = 'transactionid'");
      expect(rows).not.toEqual([]);
    });
    await meanwhile();
    await other.query('commit');
    await changed;
    await other.query('select 1');
    await other.end();
    return heard;
  };

  it('and deleted with its session takes them along first: events are handed out meanwhile, and every process hears', async () => {
    const { id: session } = await store.sessions.create(OURS);
    const ofSession = await insertWebhook(client, { sessionId: session });
    const events = await happen({ sessionId: session }, { sessionId: session });
    events.push(...(await insertEvents(client, { sessionId: session })));
    const heard = await heldUp(ofSession, () => store.sessions.delete(OURS, session), happen);
    expect(heard).toContain(ofSession);
    expect(eventsOf(await all()).sort()).toEqual([...events].sort());
    expect(await all(OURS, ofSession)).toEqual([]);
  });

  it('and active again keeps no event from being handed out, however much it failed to take', async () => {
    const [tried] = await happen({});
    await set(tried!, "attempts = 9, due_at = now() + interval '1 hour'");
    await client.query("update webhooks set active = false, paused_reason = 'failing'");
    const activate = () =>
      store.webhooks.revise(OURS, webhook, ({ webhook: current }) => ({
        ...current,
        active: true,
        pausedReason: undefined,
      }));
    const other = await insertWebhook(client);
    const events = await insertEvents(client, {});
    await heldUp(webhook, activate, async () => {
      await happen();
      expect(eventsOf(await all(OURS, other))).toEqual(events);
    });
    expect((await all()).at(-1)?.nextAttemptAt).toBeLessThan(Date.now() + 60_000);
  });

  it('and active again has what it failed to take tried at once, whatever it was to wait for', async () => {
    const [tried, other, arrived] = await happen({}, {}, {});
    await set(tried!, "attempts = 9, due_at = now() + interval '1 hour'");
    await set(other!, "status = 'dead', attempts = 15, due_at = now() + interval '1 hour'");
    await set(arrived!, "status = 'delivered', attempts = 1");
    const pause = (active: boolean) =>
      store.webhooks.revise(OURS, webhook, ({ webhook: current }) => ({ ...current, active }));
    const due = async () => (await all()).find(({ eventId }) => eventId === tried)!;
    await pause(true);
    expect((await due()).nextAttemptAt).toBeGreaterThan(Date.now() + 60_000);
    await pause(false);
    await pause(true);
    expect(await due()).toMatchObject({ status: 'pending', attempts: 9 });
    expect((await due()).nextAttemptAt).toBeLessThan(Date.now() + 60_000);
    await set(tried!, "due_at = now() + interval '1 hour'");
    await store.webhooks.revise(OURS, webhook, ({ webhook: current }) => ({ ...current, isHasty: true }));
    expect((await due()).nextAttemptAt).toBeLessThan(Date.now() + 60_000);
    expect((await all()).map(({ status }) => status).sort()).toEqual(['dead', 'delivered', 'pending']);
  });
});
