import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import {
  DeliveryFanOut,
  DeliveryLag,
  DeliveryLanes,
  DeliveryOutcomes,
  DeliveryWork,
  EventLog,
  WEBHOOK_LANES,
  LOG_START,
  ProcessLock,
  type DeliveryOutcome,
  type DueDelivery,
  type LaneClaim,
  type LaneWork,
} from '#store';
import { insertEvents, insertWebhook } from '../support/webhook-rows.js';
import { openStore, OURS, type Store } from './open-store.js';

const LONG_MS = 60_000;
const ME = { name: 'me' };
const OTHER = { name: 'other' };

let store: Store;
let client: pg.Client;
let fanOut: DeliveryFanOut;
let lanes: DeliveryLanes;
let work: DeliveryWork;
let outcomes: DeliveryOutcomes;

beforeAll(async () => {
  store = await openStore();
  client = new pg.Client({ connectionString: store.url });
  await client.connect();
  fanOut = new DeliveryFanOut(store.database);
  lanes = new DeliveryLanes(store.database);
  work = new DeliveryWork(store.database);
  outcomes = new DeliveryOutcomes(store.database);
});
afterAll(async () => {
  await client.end();
  await store.close();
});
beforeEach(async () => {
  await client.query('delete from webhooks; delete from events; delete from sessions');
});

/** Other tests' transactions on the same server may be older than ours. */
async function handOutAll(): Promise<void> {
  for (;;) {
    const { events, isHeldBack } = await fanOut.handOut(500);
    if (events === 0 && !isHeldBack) return;
  }
}

interface Row {
  id: string;
  webhook_id: string;
  lane: number;
  event_id: string;
  status: string;
  attempts: number;
}

async function deliveries(): Promise<Row[]> {
  const { rows } = await client.query<Row>(
    `select d.id, d.webhook_id, d.lane, d.status, d.attempts, e.id as event_id from webhook_deliveries d
     join events e on (e.transaction_id, e.position) = (d.event_transaction_id, d.event_position) order by d.id`,
  );
  return rows;
}

const eventsOf = async (webhookId: string): Promise<string[]> =>
  (await deliveries()).filter((row) => row.webhook_id === webhookId).map((row) => row.event_id);

async function claimOne(ttlMs = LONG_MS): Promise<LaneClaim> {
  const { claims } = await lanes.claimDue(ME, ttlMs, 100);
  const [claim] = claims;
  if (!claim || claims.length > 1) throw new Error(`${claims.length} lanes were claimed`);
  return claim;
}

const idsOf = (found: DueDelivery[]): string[] => found.map(({ event }) => event.id);

function outcome(
  claim: LaneClaim,
  { id, attempts }: DueDelivery,
  result: DeliveryOutcome['result'],
  more: Partial<DeliveryOutcome> = {},
): DeliveryOutcome {
  return { claim, deliveryId: id, attempts, result, latencyMs: 5, ...more };
}

const NOTHING: LaneWork = { first: [], again: [], discarded: 0 };
const DELIVERED = { status: 'delivered' } as const;
const DEAD = { status: 'dead' } as const;
const again = (delayMs: number) => ({ status: 'again', delayMs }) as const;

describe('handing out', () => {
  it('makes one delivery of each event for each webhook of the organization that wants it', async () => {
    const session = (await store.sessions.create(OURS)).id;
    const all = await insertWebhook(client);
    const some = await insertWebhook(client, { events: ['group.update', 'auth.qr'] });
    const one = await insertWebhook(client, { sessionId: session });
    const limited = await insertWebhook(client, { sessionIds: ['b', 'c'] });
    const foreign = await insertWebhook(client, { organizationId: 'theirs' });
    const paused = await insertWebhook(client, { active: false, pausedReason: 'failing' });
    const off = await insertWebhook(client, { active: false });
    const [x, y, z, none, other] = await insertEvents(
      client,
      { sessionId: session },
      { sessionId: 'b', event: 'auth.qr' },
      { sessionId: 'd', event: 'group.update' },
      { sessionId: null, event: 'webhook.paused' },
      { organizationId: 'theirs' },
    );
    await handOutAll();
    expect(await eventsOf(all)).toEqual([x, y, z, none]);
    expect(await eventsOf(some)).toEqual([y, z]);
    expect(await eventsOf(one)).toEqual([x]);
    expect(await eventsOf(limited)).toEqual([y]);
    expect(await eventsOf(foreign)).toEqual([other]);
    expect(await eventsOf(paused)).toEqual([x, y, z, none]);
    expect(await eventsOf(off)).toEqual([]);
  });

  it('gives each delivery an id that is one of its kind and follows the order of the log', async () => {
    await insertWebhook(client);
    const ids = await insertEvents(client, ...Array.from({ length: 30 }, () => ({})));
    await handOutAll();
    const rows = await deliveries();
    expect(rows.map((row) => row.event_id)).toEqual(ids);
    expect(rows.every(({ id }) => /^dlv_[0-7][0-9A-HJKMNP-TV-Z]{25}$/.test(id))).toBe(true);
  });

  it('puts all of a session into one lane, and different sessions into different ones', async () => {
    await insertWebhook(client);
    const sessions = Array.from({ length: 40 }, (_, n) => `s${n % 20}`);
    await insertEvents(client, ...sessions.map((sessionId) => ({ sessionId })));
    await handOutAll();
    const { rows } = await client.query<{ lanes: number }>(
      `select count(distinct d.lane)::int as lanes from webhook_deliveries d
       join events e on (e.transaction_id, e.position) = (d.event_transaction_id, d.event_position) group by e.session_id`,
    );
    expect(rows).toEqual(Array.from({ length: 20 }, () => ({ lanes: 1 })));
    expect(new Set((await deliveries()).map(({ lane }) => lane)).size).toBeGreaterThan(WEBHOOK_LANES / 2);
  });

  it('says where there is something to do, and not of a webhook that is paused', async () => {
    const id = await insertWebhook(client);
    await insertWebhook(client, { active: false, pausedReason: 'failing' });
    await insertEvents(client, {}, {});
    const found: string[] = [];
    for (let events = 0; events < 2;) {
      const handed = await fanOut.handOut(500);
      events += handed.events;
      found.push(...handed.lanes.map((lane) => lane.webhookId));
    }
    expect(found).toEqual([id]);
  });

  it('is done once by several processes at once', async () => {
    const id = await insertWebhook(client);
    const ids = await insertEvents(client, ...Array.from({ length: 120 }, (_, n) => ({ sessionId: `s${n % 9}` })));
    const others = await Promise.all([1, 2, 3].map(() => openOther()));
    const handed: number[] = [];
    await Promise.all(
      others.map(async ({ fanOut: mine }) => {
        for (;;) {
          const { events, isTaken, isHeldBack } = await mine.handOut(10);
          handed.push(events);
          if (events === 0 && !isTaken && !isHeldBack) return;
        }
      }),
    );
    await Promise.all(others.map(({ close }) => close()));
    expect(handed.reduce((sum, events) => sum + events, 0)).toBe(120);
    expect((await eventsOf(id)).sort()).toEqual(ids.sort());
  });

  it('leaves the turn to whoever has it', async () => {
    await client.query('begin; select from webhook_cursor for update');
    expect(await fanOut.handOut(10)).toMatchObject({ isTaken: true, events: 0 });
    await client.query('commit');
    expect(await fanOut.handOut(10)).toMatchObject({ isTaken: false });
  });

  it('skips nothing that commits late, and says that something waits for it', async () => {
    const id = await insertWebhook(client);
    const late = new pg.Client({ connectionString: store.url });
    await late.connect();
    await late.query('begin');
    const [first] = await insertEvents(late, {});
    const [second] = await insertEvents(client, {});
    expect(await fanOut.handOut(500)).toMatchObject({ events: 0, isHeldBack: true });
    await late.query('commit');
    await late.end();
    await handOutAll();
    expect(await eventsOf(id)).toEqual([first, second]);
  });

  it('goes on although a webhook is deleted at that moment', async () => {
    const [gone, stays] = [await insertWebhook(client), await insertWebhook(client)];
    const [event] = await insertEvents(client, {});
    await client.query('begin');
    await client.query('delete from webhooks where id = $1', [gone]);
    const handing = handOutAll();
    await waitingForLock();
    await client.query('commit');
    await handing;
    expect(await eventsOf(stays)).toEqual([event]);
  });
});

async function openOther() {
  const { Database } = await import('#store');
  const database = await Database.connect({ url: store.url, poolSize: 2 });
  return { fanOut: new DeliveryFanOut(database), close: () => database.close() };
}

async function waitingForLock(): Promise<void> {
  for (;;) {
    const { rowCount } = await client.query(
      "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
    );
    if (rowCount) return;
  }
}

describe('a lane', () => {
  const locks: ProcessLock[] = [];
  afterEach(() => Promise.all(locks.splice(0).map((lock) => lock.release())));
  const hold = async (): Promise<ProcessLock> => {
    const lock = await ProcessLock.acquire(store.url, { onEvent: () => undefined, patienceMs: 5_000 });
    locks.push(lock);
    return lock;
  };

  beforeEach(async () => {
    await insertWebhook(client);
    await insertEvents(client, {}, {}, {});
    await handOutAll();
  });

  it('is claimed by one process while it lasts, and by the next once it ran out', async () => {
    const claim = await claimOne(0);
    const next = await claimOne();
    expect(next).toMatchObject({ webhookId: claim.webhookId, lane: claim.lane });
    expect((await lanes.claimDue(OTHER, LONG_MS, 100)).claims).toEqual([]);
    expect(await lanes.claim([claim], OTHER, LONG_MS)).toEqual([]);
    expect(await lanes.renew([claim, next], LONG_MS)).toEqual([next]);
  });

  it('can be asked for by name, and its holder is told when it cannot be had', async () => {
    const claim = await claimOne();
    const told: (string | undefined)[] = [];
    client.on('notification', ({ payload }) => told.push(payload));
    await client.query('listen gateway_lanes');
    expect(await lanes.claim([claim], OTHER, LONG_MS)).toEqual([]);
    await client.query('unlisten gateway_lanes');
    expect(told).toEqual([`${claim.webhookId}/${claim.lane}`]);
    await lanes.release([claim]);
    expect(await lanes.claim([claim], OTHER, LONG_MS)).toMatchObject([
      { webhookId: claim.webhookId, lane: claim.lane },
    ]);
  });

  it('that is given back can be claimed at once, and a former claim gives back nothing', async () => {
    const former = await claimOne(0);
    const claim = await claimOne();
    await lanes.release([former]);
    expect((await lanes.claimDue(OTHER, LONG_MS, 100)).claims).toEqual([]);
    await lanes.release([claim]);
    expect((await lanes.claimDue(OTHER, LONG_MS, 100)).claims).toHaveLength(1);
  });

  it('is free at once when the process that had it is gone', async () => {
    const first = await hold();
    expect((await lanes.claimDue(first.holder, LONG_MS, 100)).claims).toHaveLength(1);
    expect((await lanes.claimDue(OTHER, LONG_MS, 100)).claims).toEqual([]);
    await first.release();
    const next = await hold();
    expect((await lanes.claimDue(next.holder, LONG_MS, 100)).claims).toHaveLength(1);
  });

  it('of a webhook that is not active is nobody’s, and tells nothing to whoever had it', async () => {
    const claim = await claimOne();
    await client.query('update webhooks set active = false');
    expect(await work.read(claim, 50)).toEqual(NOTHING);
    await lanes.release([claim]);
    expect((await lanes.claimDue(ME, LONG_MS, 100)).claims).toEqual([]);
    expect(await lanes.claim([claim], ME, LONG_MS)).toEqual([]);
  });

  it('in which nothing is due yet is left alone, and it is said how long', async () => {
    const claim = await claimOne();
    const { first } = await work.read(claim, 50);
    await outcomes.write(first.map((delivery) => outcome(claim, delivery, again(LONG_MS))));
    // Whoever works on it sees to that.
    expect(await lanes.claimDue(ME, LONG_MS, 100)).toEqual({ claims: [] });
    await lanes.release([claim]);
    const due = await lanes.claimDue(ME, LONG_MS, 100);
    expect(due.claims).toEqual([]);
    expect(due.nextDueMs).toBeGreaterThan(LONG_MS / 2);
    expect(due.nextDueMs).toBeLessThanOrEqual(LONG_MS);
  });

  it('is found among those of many webhooks', async () => {
    for (let n = 0; n < 12; n++) await insertWebhook(client);
    await insertEvents(client, ...Array.from({ length: 30 }, (_, n) => ({ sessionId: `s${n}` })));
    await handOutAll();
    const one = await lanes.claimDue(ME, LONG_MS, 10);
    const rest = await lanes.claimDue(OTHER, LONG_MS, 1_000);
    expect(one.claims).toHaveLength(10);
    const keys = [...one.claims, ...rest.claims].map(({ webhookId, lane }) => `${webhookId}/${lane}`);
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys).toHaveLength(13 * WEBHOOK_LANES);
  });
});

describe('the lag', () => {
  const lag = () => new DeliveryLag(store.database).measure(60_000, 2);
  const age = (table: string, minutes: number) =>
    client.query(`update ${table} set created_at = now() - $1 * interval '1 minute'`, [minutes]);

  it('is none while what waits has not waited long, or nothing waits', async () => {
    expect(await lag()).toEqual({ unreadMs: undefined, late: 0, webhooks: [], lateMs: undefined });
    await insertWebhook(client);
    await insertEvents(client, {});
    await handOutAll();
    expect(await lag()).toMatchObject({ late: 0, webhooks: [] });
  });

  it('names those that wait longest, tried or not, and none that is not active', async () => {
    const tried = await insertWebhook(client, { events: ['auth.qr'] });
    await insertEvents(client, { event: 'auth.qr' });
    await handOutAll();
    const claim = await claimOne();
    const { first } = await work.read(claim, 50);
    await outcomes.write(first.map((delivery) => outcome(claim, delivery, again(LONG_MS))));
    await age('webhook_deliveries', 9);
    await insertWebhook(client, { active: false, pausedReason: 'failing' });
    const [other, another] = [await insertWebhook(client), await insertWebhook(client)];
    await insertEvents(client, {}, { sessionId: 'b' });
    await handOutAll();
    expect(await lag()).toMatchObject({ late: 1, webhooks: [tried] });
    await client.query("update webhook_deliveries set created_at = created_at - interval '5 minutes'");
    const found = await lag();
    expect(found).toMatchObject({ late: 3 });
    expect(found.webhooks[0]).toBe(tried);
    expect([other, another]).toContain(found.webhooks[1]);
    expect(found.lateMs).toBeGreaterThanOrEqual(14 * 60_000);
  });

  it('of the log is the age of what nobody could hand out', async () => {
    await handOutAll();
    const late = new pg.Client({ connectionString: store.url });
    await late.connect();
    await late.query('begin');
    await insertEvents(late, {});
    await insertEvents(client, {});
    await client.query('update events set created_at = created_at - 120000');
    await fanOut.handOut(500);
    expect((await lag()).unreadMs).toBeGreaterThanOrEqual(120_000);
    await late.query('rollback');
    await late.end();
    await handOutAll();
    expect((await lag()).unreadMs).toBeUndefined();
  });
});

describe('the work of a lane', () => {
  let webhook: string;
  let ids: string[];
  let claim: LaneClaim;
  const read = (limit = 50): Promise<LaneWork> => work.read(claim, limit);

  beforeEach(async () => {
    webhook = await insertWebhook(client);
    ids = await insertEvents(client, {}, {}, {}, {}, {});
    await handOutAll();
    claim = await claimOne();
  });

  it('is what was never tried, in the order of the log, with the event as it is there', async () => {
    const { first, again: tried } = await read();
    expect(idsOf(first)).toEqual(ids);
    expect(tried).toEqual([]);
    const { events } = await new EventLog(store.database).read(LOG_START, 50);
    expect(first.map(({ event }) => event)).toEqual(events);
    expect(idsOf((await read(2)).first)).toEqual(ids.slice(0, 2));
  });

  it('does not wait for what was tried before, which is due again by itself', async () => {
    const [one, two] = (await read()).first as [DueDelivery, DueDelivery];
    await outcomes.write([outcome(claim, one, again(LONG_MS)), outcome(claim, two, again(0))]);
    const found = await read();
    expect(idsOf(found.first)).toEqual(ids.slice(2));
    expect(found.again).toMatchObject([{ id: two.id, attempts: 1 }]);
    expect(found.nextDueMs).toBeGreaterThan(LONG_MS / 2);
  });

  it('is not what the webhook wants no longer, which is gone once it was come upon, and says as of when', async () => {
    const [one] = (await read()).first as [DueDelivery];
    await outcomes.write([outcome(claim, one, again(0))]);
    await client.query("update events set event = 'auth.qr' where id = any ($1)", [[ids[0], ids[1], ids[3]]]);
    await client.query("update webhooks set events = '{session.status}', updated_at = 17 where id = $1", [webhook]);
    const lost = { ...claim, claimId: 'another' };
    expect(await work.read(lost, 50)).toEqual(NOTHING);
    expect(await deliveries()).toHaveLength(5);
    const found = await read(2);
    expect(found).toMatchObject({ again: [], asOf: 17, discarded: 2 });
    expect(idsOf(found.first)).toEqual([ids[2]]);
    expect(await eventsOf(webhook)).toEqual(ids.slice(2));
    const next = await read();
    expect(next.discarded).toBe(1);
    expect(idsOf(next.first)).toEqual([ids[2], ids[4]]);
    expect(await read()).toEqual({ ...next, discarded: 0 });
    await client.query("update events set event = 'auth.qr'");
    await client.query('update webhook_deliveries set requested = true where id = $1', [next.first[1]?.id]);
    expect(await read()).toMatchObject({ first: [{ id: next.first[1]?.id }], again: [], discarded: 1 });
  });

  it('is nothing for whoever lost the claim', async () => {
    expect(await work.read({ ...claim, claimId: 'another' }, 50)).toEqual(NOTHING);
  });

  it('is done once it was delivered, and what came of each attempt can be read', async () => {
    const { first } = await read();
    const more = { httpStatus: 200, responseExcerpt: 'o\0k', latencyMs: 12.6 };
    await outcomes.write(first.map((delivery) => outcome(claim, delivery, DELIVERED, more)));
    expect(await read()).toEqual(NOTHING);
    const { rows } = await client.query('select * from webhook_deliveries limit 1');
    expect(rows).toMatchObject([
      { status: 'delivered', attempts: 1, last_status: 200, last_latency_ms: 13, response_excerpt: 'ok' },
    ]);
  });

  it('is not changed by whoever lost the claim', async () => {
    const [one] = (await read()).first as [DueDelivery];
    const lost = { ...claim, claimId: 'another' };
    await outcomes.write([outcome(lost, one, DELIVERED)]);
    expect(idsOf((await read()).first)).toEqual(ids);
  });

  it('that was asked for anew while it was tried starts anew, unless it arrived', async () => {
    const [one] = (await read()).first as [DueDelivery];
    await outcomes.write([outcome(claim, one, again(0))]);
    const [tried] = (await read()).again as [DueDelivery];
    await client.query('update webhook_deliveries set attempts = 0 where id = $1', [one.id]);
    await outcomes.write([outcome(claim, tried, DEAD)]);
    expect((await read()).first[0]).toMatchObject({ id: one.id, attempts: 0 });
    await outcomes.write([outcome(claim, tried, DELIVERED)]);
    expect(idsOf((await read()).first)).toEqual(ids.slice(1));
  });

  const isPaused = async (): Promise<boolean> => {
    const { rows } = await client.query<{ active: boolean; paused_reason: string | null }>(
      'select active, paused_reason from webhooks where id = $1',
      [webhook],
    );
    expect(rows).toHaveLength(1);
    return rows[0]?.active === false && rows[0].paused_reason === 'failing';
  };
  const told = async () =>
    (await client.query("select * from events where event = 'webhook.paused'")).rows as unknown[];

  it('that died while nothing arrived any more pauses the webhook, which is told to all, and goes on once it is active', async () => {
    const [one, two] = (await read()).first as [DueDelivery, DueDelivery];
    await outcomes.write([outcome(claim, two, DELIVERED)]);
    const heard: unknown[] = [];
    client.on('notification', ({ channel, payload }) => heard.push([channel, payload]));
    await client.query('listen gateway_webhooks; listen gateway_events');
    expect(await outcomes.write([outcome(claim, one, DEAD, { latencyMs: 0 })])).toEqual([webhook]);
    await client.query('unlisten *');
    expect(heard).toEqual([
      ['gateway_events', ''],
      ['gateway_webhooks', webhook],
    ]);
    expect(await isPaused()).toBe(true);
    expect(await told()).toMatchObject([
      { organization_id: 'ours', session_id: null, payload: { webhookId: webhook, reason: 'failing' } },
    ]);
    expect(await read()).toEqual(NOTHING);
    await client.query('update webhooks set active = true, paused_reason = null');
    expect(idsOf((await read()).first)).toEqual(ids.slice(2));
  });

  it('that died while others arrived pauses nothing', async () => {
    const [one, two, three, four] = (await read()).first as [DueDelivery, DueDelivery, DueDelivery, DueDelivery];
    await outcomes.write([outcome(claim, one, again(0)), outcome(claim, three, again(0))]);
    await outcomes.write([outcome(claim, two, DELIVERED)]);
    expect(await outcomes.write([outcome(claim, { ...one, attempts: 1 }, DEAD)])).toEqual([]);
    await client.query("update webhook_lanes set last_success_at = now() - interval '1 hour'");
    const both = [outcome(claim, { ...three, attempts: 1 }, DEAD), outcome(claim, four, DELIVERED)];
    expect(await outcomes.write(both)).toEqual([]);
    expect(await isPaused()).toBe(false);
    expect(await told()).toEqual([]);
  });

  it('that failed before the webhook was changed pauses nothing when it dies', async () => {
    const [one, two] = (await read()).first as [DueDelivery, DueDelivery];
    await outcomes.write([outcome(claim, one, again(0))]);
    await client.query('update webhooks set updated_at = extract(epoch from now()) * 1000 + 1 where id = $1', [
      webhook,
    ]);
    expect(await outcomes.write([outcome(claim, { ...one, attempts: 1 }, DEAD)])).toEqual([]);
    await client.query(
      "update webhook_deliveries set first_attempt_at = now() + interval '1 s', attempts = 1 where id = $1",
      [two.id],
    );
    expect(await outcomes.write([outcome(claim, { ...two, attempts: 1 }, DEAD)])).toEqual([webhook]);
  });

  it('that was tried by an older gateway counts from when it was handed out', async () => {
    const [one, two, three] = (await read()).first as [DueDelivery, DueDelivery, DueDelivery];
    await outcomes.write([
      outcome(claim, one, again(0)),
      outcome(claim, two, DELIVERED),
      outcome(claim, three, again(0)),
    ]);
    await client.query('update webhook_deliveries set first_attempt_at = null');
    expect(await outcomes.write([outcome(claim, { ...one, attempts: 1 }, DEAD)])).toEqual([]);
    await client.query("update webhook_lanes set last_success_at = now() - interval '1 hour'");
    expect(await outcomes.write([outcome(claim, { ...three, attempts: 1 }, DEAD)])).toEqual([webhook]);
  });

  it('pauses nothing when the claim was lost', async () => {
    const [one] = (await read()).first as [DueDelivery];
    expect(await outcomes.write([outcome({ ...claim, claimId: 'another' }, one, DEAD)])).toEqual([]);
    expect(await isPaused()).toBe(false);
  });
});
