import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import pg from 'pg';
import { CredentialsKeyRing, WebhookRepository, type NewWebhook, type WebhookRecord } from '#store';
import type { DispatcherOptions } from '../apps/gateway/src/webhooks/dispatching/webhook-dispatcher.js';
import { openStore, OURS, type Store } from './store/open-store.js';
import { proxyTo } from './store/tcp-proxy.js';
import { DispatchingProcess, KEY } from './support/dispatching.js';
import { acknowledge, Endpoint, fail, keepSilent, slowly } from './support/endpoint.js';
import { eventually } from './support/eventually.js';
import { insertEvents } from './support/webhook-rows.js';

const WITHIN_MS = 30_000;
/** One attempt fails, then the next; each a moment later. */
const QUICK = { policy: 'constant', delaySeconds: 0, attempts: 15 } as const;

/** Whoever is not told of something does not come upon it by itself before the test is over. */
const ONLY_TOLD = { pollMs: 120_000, lingerMs: 120_000 };

let store: Store;
let client: pg.Client;
let webhooks: WebhookRepository;
let processes: DispatchingProcess[] = [];
let endpoints: Endpoint[] = [];

beforeAll(async () => {
  Logger.overrideLogger(false);
  store = await openStore();
  client = new pg.Client({ connectionString: store.url });
  await client.connect();
  webhooks = new WebhookRepository(store.database, new CredentialsKeyRing(KEY));
});
afterAll(async () => {
  await client.end();
  await store.close();
  Logger.overrideLogger(['error', 'warn']);
});
beforeEach(async () => {
  await client.query('delete from webhooks');
  await client.query('delete from events');
});
afterEach(async () => {
  await Promise.all(processes.map((running) => running.stop()));
  await Promise.all(endpoints.map((endpoint) => endpoint.close()));
  processes = [];
  endpoints = [];
});

async function dispatching(options: Partial<DispatcherOptions> = {}, url = store.url): Promise<DispatchingProcess> {
  const started = await DispatchingProcess.start(url, { drainMs: 200, ...options });
  processes.push(started);
  return started;
}

async function kill(victim: DispatchingProcess): Promise<void> {
  processes = processes.filter((running) => running !== victim);
  await victim.kill();
}

async function endpoint(...args: Parameters<typeof Endpoint.start>): Promise<Endpoint> {
  const started = await Endpoint.start(...args);
  endpoints.push(started);
  return started;
}

function webhookTo(url: string, settings: Partial<NewWebhook> = {}): Promise<WebhookRecord> {
  const wanted: NewWebhook = { ...OURS, url, events: ['*'], retryPolicy: QUICK, active: true, ...settings };
  return webhooks.create(wanted, { secret: 'of the endpoint', headers: {} });
}

/** One event after the other, of `sessions` in turn, each committed and told by itself unless all are `together`. */
async function happen(
  count: number,
  { sessions = 12, of = 's', together = false } = {},
): Promise<Map<string, string[]>> {
  const bySession = new Map<string, string[]>();
  if (together) await client.query('begin');
  for (let n = 0; n < count; n++) {
    const sessionId = `${of}${n % sessions}`;
    const [id = ''] = await insertEvents(client, { sessionId });
    await client.query("notify gateway_events, ''");
    bySession.set(sessionId, [...(bySession.get(sessionId) ?? []), id]);
  }
  if (together) await client.query('commit');
  return bySession;
}

const all = (events: Map<string, string[]>): string[] => [...events.values()].flat().sort();
const distinct = (ids: string[]): string[] => [...new Set(ids)].sort();

const change = (id: string, patch: Partial<Pick<WebhookRecord, 'url' | 'active'>>) =>
  webhooks.revise(OURS, id, ({ webhook }) => ({ ...webhook, pausedReason: undefined, ...patch }));

async function statuses(): Promise<Record<string, number>> {
  const { rows } = await client.query<{ status: string; count: number }>(
    'select status, count(*)::int as count from webhook_deliveries group by status',
  );
  return Object.fromEntries(rows.map(({ status, count }) => [status, count]));
}

const deliveries = async (): Promise<number> => Object.values(await statuses()).reduce((sum, count) => sum + count, 0);

const settled = (count: number) =>
  eventually(async () => expect(await statuses()).toEqual({ delivered: count }), WITHIN_MS);

describe('two processes on one database', () => {
  it('bring every event once, those of a session in order, and share the work', async () => {
    const [one, two] = [await endpoint(slowly(5)), await endpoint()];
    await webhookTo(one.url);
    await webhookTo(two.url);
    const sharing = await Promise.all([dispatching(ONLY_TOLD), dispatching(ONLY_TOLD)]);
    const events = await happen(300);
    await settled(600);
    for (const { firsts, received } of [one, two]) {
      expect(firsts).toEqual(events);
      expect(received).toHaveLength(300);
    }
    expect(one.mostOpen).toBeGreaterThan(1);
    expect(one.mostOpen).toBeLessThanOrEqual(8);
    // Who hands an event out takes its lane and keeps it: the quicker one may have got all twelve sessions, not all that come.
    let more = 0;
    await eventually(async () => {
      await happen(12, { of: `${more++}-` });
      expect(sharing.map(({ sent }) => sent > 0)).toEqual([true, true]);
    }, WITHIN_MS);
  });

  it('leave the log alone while there is no webhook, and go on at once when there is one', async () => {
    const receiver = await endpoint();
    const running = await dispatching(ONLY_TOLD);
    const passing = await webhookTo(receiver.url);
    await happen(1);
    await settled(1);
    await webhooks.delete(OURS, passing.id);
    await eventually(async () => {
      const before = running.looked;
      await happen(20);
      await running.told(client);
      expect(running.looked).toBe(before);
    });
    await webhookTo(receiver.url);
    const events = await happen(5);
    await eventually(() => expect(distinct(receiver.ids)).toEqual(expect.arrayContaining(all(events))), WITHIN_MS);
  });

  it('try the events of a session in order for the first time, whatever fails, and send again what did, under its id', async () => {
    let calls = 0;
    const receiver = await endpoint((response, received) =>
      (calls++ % 3 === 0 ? fail : acknowledge)(response, received),
    );
    await webhookTo(receiver.url, { retryPolicy: { ...QUICK, attempts: 50 } });
    await Promise.all([dispatching(), dispatching()]);
    const events = await happen(200, { together: true });
    await settled(200);
    expect(receiver.firsts).toEqual(events);
    expect(receiver.received.every(({ id, envelope }) => envelope.id === id)).toBe(true);
    expect(receiver.received.length).toBeGreaterThan(250);
  });

  it('lose nothing when one of them is killed in the middle', async () => {
    const receiver = await endpoint(slowly(5));
    await webhookTo(receiver.url);
    const victim = await dispatching({ lingerMs: 10_000 });
    const events = await happen(60, { together: true });
    await eventually(() => expect(receiver.received.length).toBeGreaterThan(5));
    const more = happen(100);
    await kill(victim);
    await dispatching();
    const later = await more;
    await eventually(
      () => expect(distinct(receiver.ids)).toEqual(distinct([...all(events), ...all(later)])),
      WITHIN_MS,
    );
    await settled(160);
    for (const [session, ids] of receiver.firsts) {
      expect(ids).toEqual([...(events.get(session) ?? []), ...(later.get(session) ?? [])]);
    }
  });

  it('hand over at once what one of them was at when it is told to end', async () => {
    const receiver = await endpoint(slowly(20));
    await webhookTo(receiver.url);
    const first = await dispatching({ drainMs: 5_000 });
    const events = await happen(100, { together: true });
    await eventually(() => expect(receiver.received.length).toBeGreaterThan(5));
    processes = [];
    await first.stop();
    expect(receiver.open).toBe(0);
    const { rows } = await client.query('select from webhook_lanes where claim_id is not null');
    expect(rows).toEqual([]);
    await dispatching();
    await settled(100);
    // Nothing was interrupted, and nothing unwritten.
    expect(receiver.received).toHaveLength(100);
    expect(receiver.firsts).toEqual(events);
  });
});

describe('a process', () => {
  it('that gave a lane back comes again when something in it is due, without looking for it all the time', async () => {
    const receiver = await endpoint(fail);
    await webhookTo(receiver.url, { retryPolicy: { ...QUICK, delaySeconds: 1 } });
    await dispatching({ pollMs: 120_000, lingerMs: 10 });
    await happen(1);
    await eventually(() => expect(receiver.received).toHaveLength(1));
    receiver.behave = acknowledge;
    await eventually(() => expect(receiver.received).toHaveLength(2), 5_000);
    await settled(1);
  });

  it('goes on where it was when the database is back, also with what it could not write down', async () => {
    const proxy = await proxyTo(store.url);
    const receiver = await endpoint();
    await webhookTo(receiver.url);
    await dispatching({}, proxy.url);
    const before = await happen(40);
    await eventually(() => expect(receiver.received.length).toBeGreaterThan(10));
    proxy.silence();
    const after = await happen(40);
    await new Promise((resolve) => setTimeout(resolve, 500));
    proxy.heal();
    proxy.cut();
    await settled(80);
    for (const [session, ids] of receiver.firsts) {
      expect(ids).toEqual([...(before.get(session) ?? []), ...(after.get(session) ?? [])]);
    }
    await Promise.all(processes.splice(0).map((running) => running.stop()));
    await proxy.close();
  });
});

describe('an endpoint', () => {
  it('that never answers delays no other', async () => {
    const [silent, other] = [await endpoint(keepSilent), await endpoint()];
    await webhookTo(silent.url);
    await webhookTo(other.url);
    await dispatching();
    const events = await happen(200);
    await eventually(() => expect(distinct(other.ids)).toEqual(all(events)), 3_000);
    expect(other.firsts).toEqual(events);
    expect(silent.open).toBeGreaterThan(4);
  });

  it('whose address changes gets the next attempt there, from every process', async () => {
    const [before, after] = [await endpoint(), await endpoint()];
    const { id } = await webhookTo(before.url);
    await Promise.all([dispatching(), dispatching()]);
    const first = await happen(30);
    await settled(30);
    await change(id, { url: after.url });
    const then = await happen(30);
    await settled(60);
    expect(distinct(before.ids)).toEqual(all(first));
    expect(distinct(after.ids)).toEqual(all(then));
  });

  it('that is switched off gets nothing more, and what waited once it is switched on', async () => {
    const receiver = await endpoint(slowly(20));
    const { id } = await webhookTo(receiver.url);
    await Promise.all([dispatching(), dispatching()]);
    const events = await happen(200, { together: true });
    await eventually(async () => expect(await deliveries()).toBe(200));
    await change(id, { active: false });
    // What was under way then may still have been on its way.
    await eventually(() => expect(receiver.open).toBe(0));
    const before = receiver.received.length;
    expect(before).toBeLessThan(200);
    await happen(5);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(receiver.received).toHaveLength(before);
    await change(id, { active: true });
    await settled(200);
    expect(distinct(receiver.ids)).toEqual(all(events));
  });

  it('that is deleted gets nothing more', async () => {
    const receiver = await endpoint(slowly(20));
    const { id } = await webhookTo(receiver.url);
    await dispatching();
    await happen(100, { together: true });
    await eventually(() => expect(receiver.received.length).toBeGreaterThan(5));
    await webhooks.delete(OURS, id);
    await eventually(() => expect(receiver.open).toBe(0));
    const before = receiver.received.length;
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(receiver.received).toHaveLength(before);
    expect(before).toBeLessThan(100);
  });

  it('that fails fifteen times is paused, which an event tells, and gets what waited once it is active again', async () => {
    const [failing, witness] = [await endpoint(fail), await endpoint()];
    const { id } = await webhookTo(failing.url, { events: ['session.status'] });
    await webhookTo(witness.url, { events: ['webhook.paused'] });
    await Promise.all([dispatching(), dispatching()]);
    const [dead] = all(await happen(1));
    await eventually(() => expect(witness.received).toHaveLength(1), WITHIN_MS);
    expect(witness.received[0]?.envelope).toMatchObject({
      event: 'webhook.paused',
      session: null,
      payload: { webhookId: id, reason: 'failing' },
    });
    expect(failing.ids).toEqual(Array.from({ length: 15 }, () => dead));
    expect(await webhooks.get(OURS, id)).toMatchObject({ active: false, pausedReason: 'failing' });
    const meanwhile = await happen(20);
    await eventually(async () => expect(await statuses()).toEqual({ dead: 1, delivered: 1, pending: 20 }));
    expect(failing.received).toHaveLength(15);
    failing.behave = acknowledge;
    await client.query(
      "update webhook_deliveries set attempts = 3, due_at = now() + interval '1 hour' where status = 'pending'",
    );
    await change(id, { active: true });
    await eventually(() => expect(distinct(failing.ids.slice(15))).toEqual(all(meanwhile)), WITHIN_MS);
  });
});
