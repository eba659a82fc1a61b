import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Database, DeliveryFanOut, WEBHOOK_LANES } from '#store';
import { insertEvents } from '../support/webhook-rows.js';
import { DeliveryLab } from './delivery-lab.js';
import { OURS } from './open-store.js';

let lab: DeliveryLab;

beforeAll(async () => {
  lab = await DeliveryLab.start();
});
afterAll(() => lab.stop());
beforeEach(() => lab.clear());

describe('handing out', () => {
  it('makes one delivery of each event for each webhook of the organization that wants it', async () => {
    const session = (await lab.store.sessions.create(OURS)).id;
    const all = await lab.webhook();
    const some = await lab.webhook({ events: ['group.update', 'auth.qr'] });
    const one = await lab.webhook({ sessionId: session });
    const limited = await lab.webhook({ sessionIds: ['b', 'c'] });
    const foreign = await lab.webhook({ organizationId: 'theirs' });
    const paused = await lab.webhook({ active: false, pausedReason: 'failing' });
    const off = await lab.webhook({ active: false });
    const [x, y, z, none, other] = await lab.events(
      { sessionId: session },
      { sessionId: 'b', event: 'auth.qr' },
      { sessionId: 'd', event: 'group.update' },
      { sessionId: null, event: 'webhook.paused' },
      { organizationId: 'theirs' },
    );
    await lab.handOutAll();
    expect(await lab.eventsOf(all)).toEqual([x, y, z, none]);
    expect(await lab.eventsOf(some)).toEqual([y, z]);
    expect(await lab.eventsOf(one)).toEqual([x]);
    expect(await lab.eventsOf(limited)).toEqual([y]);
    expect(await lab.eventsOf(foreign)).toEqual([other]);
    expect(await lab.eventsOf(paused)).toEqual([x, y, z, none]);
    expect(await lab.eventsOf(off)).toEqual([]);
  });

  it('gives each delivery an id that is one of its kind and follows the order of the log', async () => {
    await lab.webhook();
    const ids = await lab.events(...Array.from({ length: 30 }, () => ({})));
    await lab.handOutAll();
    const rows = await lab.rows();
    expect(rows.map((row) => row.event_id)).toEqual(ids);
    expect(rows.every(({ id }) => /^dlv_[0-7][0-9A-HJKMNP-TV-Z]{25}$/.test(id))).toBe(true);
  });

  it('puts all of a session into one lane, and different sessions into different ones', async () => {
    await lab.webhook();
    const sessions = Array.from({ length: 40 }, (_, n) => `s${n % 20}`);
    await lab.events(...sessions.map((sessionId) => ({ sessionId })));
    await lab.handOutAll();
    const { rows } = await lab.client.query<{ lanes: number }>(
      `select count(distinct d.lane)::int as lanes from webhook_deliveries d
       join events e on (e.transaction_id, e.position) = (d.event_transaction_id, d.event_position) group by e.session_id`,
    );
    expect(rows).toEqual(Array.from({ length: 20 }, () => ({ lanes: 1 })));
    expect(new Set((await lab.rows()).map(({ lane }) => lane)).size).toBeGreaterThan(WEBHOOK_LANES / 2);
  });

  it('says where there is something to do, and not of a webhook that is paused', async () => {
    const id = await lab.webhook();
    await lab.webhook({ active: false, pausedReason: 'failing' });
    await lab.events({}, {});
    const found: string[] = [];
    for (let events = 0; events < 2;) {
      const handed = await lab.fanOut.handOut(500);
      events += handed.events;
      found.push(...handed.lanes.map((lane) => lane.webhookId));
    }
    expect(found).toEqual([id]);
  });

  it('is done once by several processes at once', async () => {
    const id = await lab.webhook();
    const ids = await lab.events(...Array.from({ length: 120 }, (_, n) => ({ sessionId: `s${n % 9}` })));
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
    expect((await lab.eventsOf(id)).sort()).toEqual(ids.sort());
  });

  it('leaves the turn to whoever has it', async () => {
    await lab.client.query('begin; select from webhook_cursor for update');
    expect(await lab.fanOut.handOut(10)).toMatchObject({ isTaken: true, events: 0 });
    await lab.client.query('commit');
    expect(await lab.fanOut.handOut(10)).toMatchObject({ isTaken: false });
  });

  it('skips nothing that commits late, and says that something waits for it', async () => {
    const id = await lab.webhook();
    const late = await lab.connection();
    await late.query('begin');
    const [first] = await insertEvents(late, {});
    const [second] = await lab.events({});
    expect(await lab.fanOut.handOut(500)).toMatchObject({ events: 0, isHeldBack: true });
    await late.query('commit');
    await late.end();
    await lab.handOutAll();
    expect(await lab.eventsOf(id)).toEqual([first, second]);
  });

  it('goes on although a webhook is deleted at that moment', async () => {
    const [gone, stays] = [await lab.webhook(), await lab.webhook()];
    const [event] = await lab.events({});
    await lab.client.query('begin');
    await lab.client.query('delete from webhooks where id = $1', [gone]);
    const handing = lab.handOutAll();
    await waitingForLock();
    await lab.client.query('commit');
    await handing;
    expect(await lab.eventsOf(stays)).toEqual([event]);
  });
});

async function openOther() {
  const database = await Database.connect({ url: lab.store.url, poolSize: 2 });
  return { fanOut: new DeliveryFanOut(database), close: () => database.close() };
}

async function waitingForLock(): Promise<void> {
  for (;;) {
    const { rowCount } = await lab.client.query(
      "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
    );
    if (rowCount) return;
  }
}
