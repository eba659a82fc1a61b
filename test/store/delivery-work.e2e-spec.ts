import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { EventLog, LOG_START, type DueDelivery, type LaneClaim, type LaneWork } from '#store';
import { DEAD, DELIVERED, DeliveryLab, LONG_MS, NOTHING, again, eventsDue, outcome } from './delivery-lab.js';

let lab: DeliveryLab;

beforeAll(async () => {
  lab = await DeliveryLab.start();
});
afterAll(() => lab.stop());
beforeEach(() => lab.clear());

describe('the work of a lane', () => {
  let webhook: string;
  let ids: string[];
  let claim: LaneClaim;
  const read = (limit = 50): Promise<LaneWork> => lab.work.read(claim, limit);

  beforeEach(async () => {
    webhook = await lab.webhook();
    ids = await lab.events({}, {}, {}, {}, {});
    await lab.handOutAll();
    claim = await lab.claimOne();
  });

  it('is what was never tried, in the order of the log, with the event as it is there', async () => {
    const { first, again: tried } = await read();
    expect(eventsDue(first)).toEqual(ids);
    expect(tried).toEqual([]);
    const { events } = await new EventLog(lab.store.database).read(LOG_START, 50);
    expect(first.map(({ event }) => event)).toEqual(events);
    expect(eventsDue((await read(2)).first)).toEqual(ids.slice(0, 2));
  });

  it('does not wait for what was tried before, which is due again by itself', async () => {
    const [one, two] = (await read()).first as [DueDelivery, DueDelivery];
    await lab.outcomes.write([outcome(claim, one, again(LONG_MS)), outcome(claim, two, again(0))]);
    const found = await read();
    expect(eventsDue(found.first)).toEqual(ids.slice(2));
    expect(found.again).toMatchObject([{ id: two.id, attempts: 1 }]);
    expect(found.nextDueMs).toBeGreaterThan(LONG_MS / 2);
  });

  it('is not what the webhook wants no longer, which is gone once it was come upon, and says as of when', async () => {
    const [one] = (await read()).first as [DueDelivery];
    await lab.outcomes.write([outcome(claim, one, again(0))]);
    await lab.client.query("update events set event = 'auth.qr' where id = any ($1)", [[ids[0], ids[1], ids[3]]]);
    await lab.client.query("update webhooks set events = '{session.status}', updated_at = 17 where id = $1", [webhook]);
    const lost = { ...claim, claimId: 'another' };
    expect(await lab.work.read(lost, 50)).toEqual(NOTHING);
    expect(await lab.rows()).toHaveLength(5);
    const found = await read(2);
    expect(found).toMatchObject({ again: [], asOf: 17, discarded: 2 });
    expect(eventsDue(found.first)).toEqual([ids[2]]);
    expect(await lab.eventsOf(webhook)).toEqual(ids.slice(2));
    const next = await read();
    expect(next.discarded).toBe(1);
    expect(eventsDue(next.first)).toEqual([ids[2], ids[4]]);
    expect(await read()).toEqual({ ...next, discarded: 0 });
    await lab.client.query("update events set event = 'auth.qr'");
    await lab.client.query('update webhook_deliveries set requested = true where id = $1', [next.first[1]?.id]);
    expect(await read()).toMatchObject({ first: [{ id: next.first[1]?.id }], again: [], discarded: 1 });
  });

  it('is nothing for whoever lost the claim', async () => {
    expect(await lab.work.read({ ...claim, claimId: 'another' }, 50)).toEqual(NOTHING);
  });

  it('is done once it was delivered, and what came of each attempt can be read', async () => {
    const { first } = await read();
    const more = { httpStatus: 200, responseExcerpt: 'o\0k', latencyMs: 12.6 };
    await lab.outcomes.write(first.map((delivery) => outcome(claim, delivery, DELIVERED, more)));
    expect(await read()).toEqual(NOTHING);
    const { rows } = await lab.client.query('select * from webhook_deliveries limit 1');
    expect(rows).toMatchObject([
      { status: 'delivered', attempts: 1, last_status: 200, last_latency_ms: 13, response_excerpt: 'ok' },
    ]);
  });

  it('is not changed by whoever lost the claim', async () => {
    const [one] = (await read()).first as [DueDelivery];
    const lost = { ...claim, claimId: 'another' };
    await lab.outcomes.write([outcome(lost, one, DELIVERED)]);
    expect(eventsDue((await read()).first)).toEqual(ids);
  });

  it('that was asked for anew while it was tried starts anew, unless it arrived', async () => {
    const [one] = (await read()).first as [DueDelivery];
    await lab.outcomes.write([outcome(claim, one, again(0))]);
    const [tried] = (await read()).again as [DueDelivery];
    await lab.client.query('update webhook_deliveries set attempts = 0 where id = $1', [one.id]);
    await lab.outcomes.write([outcome(claim, tried, DEAD)]);
    expect((await read()).first[0]).toMatchObject({ id: one.id, attempts: 0 });
    await lab.outcomes.write([outcome(claim, tried, DELIVERED)]);
    expect(eventsDue((await read()).first)).toEqual(ids.slice(1));
  });

  const isPaused = async (): Promise<boolean> => {
    const { rows } = await lab.client.query<{ active: boolean; paused_reason: string | null }>(
      'select active, paused_reason from webhooks where id = $1',
      [webhook],
    );
    expect(rows).toHaveLength(1);
    return rows[0]?.active === false && rows[0].paused_reason === 'failing';
  };
  const told = async () =>
    (await lab.client.query("select * from events where event = 'webhook.paused'")).rows as unknown[];

  it('that died while nothing arrived any more pauses the webhook, which is told to all, and goes on once it is active', async () => {
    const [one, two] = (await read()).first as [DueDelivery, DueDelivery];
    await lab.outcomes.write([outcome(claim, two, DELIVERED)]);
    const heard: unknown[] = [];
    lab.client.on('notification', ({ channel, payload }) => heard.push([channel, payload]));
    await lab.client.query('listen gateway_webhooks; listen gateway_events');
    expect(await lab.outcomes.write([outcome(claim, one, DEAD, { latencyMs: 0 })])).toEqual([webhook]);
    await lab.client.query('unlisten *');
    expect(heard).toEqual([
      ['gateway_events', ''],
      ['gateway_webhooks', webhook],
    ]);
    expect(await isPaused()).toBe(true);
    expect(await told()).toMatchObject([
      { organization_id: 'ours', session_id: null, payload: { webhookId: webhook, reason: 'failing' } },
    ]);
    expect(await read()).toEqual(NOTHING);
    await lab.client.query('update webhooks set active = true, paused_reason = null');
    expect(eventsDue((await read()).first)).toEqual(ids.slice(2));
  });

  it('that died while others arrived pauses nothing', async () => {
    const [one, two, three, four] = (await read()).first as [DueDelivery, DueDelivery, DueDelivery, DueDelivery];
    await lab.outcomes.write([outcome(claim, one, again(0)), outcome(claim, three, again(0))]);
    await lab.outcomes.write([outcome(claim, two, DELIVERED)]);
    expect(await lab.outcomes.write([outcome(claim, { ...one, attempts: 1 }, DEAD)])).toEqual([]);
    await lab.client.query("update webhook_lanes set last_success_at = now() - interval '1 hour'");
    const both = [outcome(claim, { ...three, attempts: 1 }, DEAD), outcome(claim, four, DELIVERED)];
    expect(await lab.outcomes.write(both)).toEqual([]);
    expect(await isPaused()).toBe(false);
    expect(await told()).toEqual([]);
  });

  it('that failed before the webhook was changed pauses nothing when it dies', async () => {
    const [one, two] = (await read()).first as [DueDelivery, DueDelivery];
    await lab.outcomes.write([outcome(claim, one, again(0))]);
    await lab.client.query('update webhooks set updated_at = extract(epoch from now()) * 1000 + 1 where id = $1', [
      webhook,
    ]);
    expect(await lab.outcomes.write([outcome(claim, { ...one, attempts: 1 }, DEAD)])).toEqual([]);
    await lab.client.query(
      "update webhook_deliveries set first_attempt_at = now() + interval '1 s', attempts = 1 where id = $1",
      [two.id],
    );
    expect(await lab.outcomes.write([outcome(claim, { ...two, attempts: 1 }, DEAD)])).toEqual([webhook]);
  });

  it('that was tried by an older gateway counts from when it was handed out', async () => {
    const [one, two, three] = (await read()).first as [DueDelivery, DueDelivery, DueDelivery];
    await lab.outcomes.write([
      outcome(claim, one, again(0)),
      outcome(claim, two, DELIVERED),
      outcome(claim, three, again(0)),
    ]);
    await lab.client.query('update webhook_deliveries set first_attempt_at = null');
    expect(await lab.outcomes.write([outcome(claim, { ...one, attempts: 1 }, DEAD)])).toEqual([]);
    await lab.client.query("update webhook_lanes set last_success_at = now() - interval '1 hour'");
    expect(await lab.outcomes.write([outcome(claim, { ...three, attempts: 1 }, DEAD)])).toEqual([webhook]);
  });

  it('pauses nothing when the claim was lost', async () => {
    const [one] = (await read()).first as [DueDelivery];
    expect(await lab.outcomes.write([outcome({ ...claim, claimId: 'another' }, one, DEAD)])).toEqual([]);
    expect(await isPaused()).toBe(false);
  });
});
