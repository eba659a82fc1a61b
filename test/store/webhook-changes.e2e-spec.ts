import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { DIED, DeliveryLab, eventsIn } from './delivery-lab.js';
import { OURS } from './open-store.js';

let lab: DeliveryLab;
let webhook: string;

beforeAll(async () => {
  lab = await DeliveryLab.start();
});
afterAll(() => lab.stop());
beforeEach(async () => {
  await lab.clear();
  webhook = await lab.webhook();
});

describe('a webhook that is changed', () => {
  const retryPolicy = { policy: 'exponential', delaySeconds: 2, attempts: 15 } as const;
  const url = 'http://nowhere.invalid/';

  it('gets what it still wants, and nothing else of what waits; what it got stays in the list', async () => {
    const session = (await lab.store.sessions.create(OURS)).id;
    const [kept, gone = '', delivered = '', dead = '', otherName, none] = await lab.happen(
      { sessionId: session, event: 'auth.qr' },
      { sessionId: 'other', event: 'auth.qr' },
      { sessionId: 'other', event: 'auth.qr' },
      { sessionId: 'other', event: 'auth.qr' },
      { sessionId: session, event: 'auth.code' },
      { sessionId: null, event: 'webhook.paused' },
    );
    await lab.set(delivered, "status = 'delivered'");
    await lab.set(dead, DIED);
    const revise = (fields: object): Promise<unknown> =>
      lab.store.webhooks.revise(OURS, webhook, () => ({ url, events: ['*'], retryPolicy, active: true, ...fields }));
    await revise({ active: false });
    expect(eventsIn(await lab.listed(webhook))).toEqual([none, otherName, dead, delivered, gone, kept]);
    await revise({ sessionId: session });
    expect(eventsIn(await lab.listed(webhook))).toEqual([otherName, delivered, kept]);
    await revise({ sessionId: session, events: ['auth.qr'] });
    expect(eventsIn(await lab.listed(webhook))).toEqual([delivered, kept]);
  });

  it('is rid of all that it wants no longer, over several batches, whatever it got and still wants', async () => {
    const [kept = '', gone = ''] = await lab.happen({ event: 'auth.code' }, { event: 'auth.qr' });
    await lab.set(kept, "status = 'delivered'");
    await lab.crowd(webhook, 6_000, {
      event: "case n % 3 when 0 then 'auth.code' else 'auth.qr' end",
      status: "case n % 2 when 0 then 'dead' else 'pending' end",
    });
    await lab.store.webhooks.revise(OURS, webhook, () => ({ url, events: ['auth.code'], retryPolicy, active: true }));
    const { rows } = await lab.client.query(
      `select e.event, d.status, count(*)::integer from webhook_deliveries d
       join events e on (e.transaction_id, e.position) = (d.event_transaction_id, d.event_position)
       group by 1, 2 order by 1, 2`,
    );
    expect(rows).toEqual([
      { event: 'auth.code', status: 'dead', count: 1_000 },
      { event: 'auth.code', status: 'delivered', count: 1 },
      { event: 'auth.code', status: 'pending', count: 1_000 },
    ]);
    expect(eventsIn(await lab.listed(webhook))).not.toContain(gone);
  });

  it('and deleted takes its deliveries along, others untouched', async () => {
    await lab.happen({}, {});
    const other = await lab.webhook();
    await lab.happen({});
    await lab.store.webhooks.delete(OURS, webhook);
    const { rows } = await lab.client.query<{ webhook_id: string }>('select webhook_id from webhook_deliveries');
    expect(rows).toEqual([{ webhook_id: other }]);
  });

  /** What comes of `change`, over a delivery that somebody else has, while `meanwhile` happens. */
  const heldUp = async (of: string, change: () => Promise<unknown>, meanwhile: () => Promise<unknown>) => {
    const heard: unknown[] = [];
    const other = await lab.connection();
    other.on('notification', ({ payload }) => heard.push(payload));
    await other.query('listen gateway_webhooks');
    await other.query('begin');
    await other.query('select from webhook_deliveries where webhook_id = $1 for update', [of]);
    const changed = change();
    await eventually(async () => {
      const { rows } = await lab.client.query(
        "select 1 from pg_locks where not granted and locktype = 'transactionid'",
      );
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
    const { id: session } = await lab.store.sessions.create(OURS);
    const ofSession = await lab.webhook({ sessionId: session });
    const events = await lab.happen({ sessionId: session }, { sessionId: session });
    events.push(...(await lab.events({ sessionId: session })));
    const heard = await heldUp(
      ofSession,
      () => lab.store.sessions.delete(OURS, session),
      () => lab.happen(),
    );
    expect(heard).toContain(ofSession);
    expect(eventsIn(await lab.listed(webhook)).sort()).toEqual([...events].sort());
    expect(await lab.listed(ofSession)).toEqual([]);
  });

  it('and active again keeps no event from being handed out, however much it failed to take', async () => {
    const [tried] = await lab.happen({});
    await lab.set(tried!, "attempts = 9, due_at = now() + interval '1 hour'");
    await lab.client.query("update webhooks set active = false, paused_reason = 'failing'");
    const activate = () =>
      lab.store.webhooks.revise(OURS, webhook, ({ webhook: current }) => ({
        ...current,
        active: true,
        pausedReason: undefined,
      }));
    const other = await lab.webhook();
    const events = await lab.events({});
    await heldUp(webhook, activate, async () => {
      await lab.happen();
      expect(eventsIn(await lab.listed(other))).toEqual(events);
    });
    expect((await lab.listed(webhook)).at(-1)?.nextAttemptAt).toBeLessThan(Date.now() + 60_000);
  });

  it('and active again has what it failed to take tried at once, whatever it was to wait for', async () => {
    const [tried, other, arrived] = await lab.happen({}, {}, {});
    await lab.set(tried!, "attempts = 9, due_at = now() + interval '1 hour'");
    await lab.set(other!, "status = 'dead', attempts = 15, due_at = now() + interval '1 hour'");
    await lab.set(arrived!, "status = 'delivered', attempts = 1");
    const pause = (active: boolean) =>
      lab.store.webhooks.revise(OURS, webhook, ({ webhook: current }) => ({ ...current, active }));
    const due = async () => (await lab.listed(webhook)).find(({ eventId }) => eventId === tried)!;
    await pause(true);
    expect((await due()).nextAttemptAt).toBeGreaterThan(Date.now() + 60_000);
    await pause(false);
    await pause(true);
    expect(await due()).toMatchObject({ status: 'pending', attempts: 9 });
    expect((await due()).nextAttemptAt).toBeLessThan(Date.now() + 60_000);
    await lab.set(tried!, "due_at = now() + interval '1 hour'");
    await lab.store.webhooks.revise(OURS, webhook, ({ webhook: current }) => ({ ...current, isHasty: true }));
    expect((await due()).nextAttemptAt).toBeLessThan(Date.now() + 60_000);
    expect((await lab.listed(webhook)).map(({ status }) => status).sort()).toEqual(['dead', 'delivered', 'pending']);
  });
});
