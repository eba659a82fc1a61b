import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DeliveryLag } from '#store';
import { insertEvents } from '../support/webhook-rows.js';
import { DeliveryLab, LONG_MS, again, outcome } from './delivery-lab.js';

let lab: DeliveryLab;

beforeAll(async () => {
  lab = await DeliveryLab.start();
});
afterAll(() => lab.stop());
beforeEach(() => lab.clear());

describe('the lag', () => {
  const lag = () => new DeliveryLag(lab.store.database).measure(60_000, 2);
  const age = (table: string, minutes: number) =>
    lab.client.query(`update ${table} set created_at = now() - $1 * interval '1 minute'`, [minutes]);

  it('is none while what waits has not waited long, or nothing waits', async () => {
    expect(await lag()).toEqual({ unreadMs: undefined, late: 0, webhooks: [], lateMs: undefined });
    await lab.webhook();
    await lab.events({});
    await lab.handOutAll();
    expect(await lag()).toMatchObject({ late: 0, webhooks: [] });
  });

  it('names those that wait longest, tried or not, and none that is not active', async () => {
    const tried = await lab.webhook({ events: ['auth.qr'] });
    await lab.events({ event: 'auth.qr' });
    await lab.handOutAll();
    const claim = await lab.claimOne();
    const { first } = await lab.work.read(claim, 50);
    await lab.outcomes.write(first.map((delivery) => outcome(claim, delivery, again(LONG_MS))));
    await age('webhook_deliveries', 9);
    await lab.webhook({ active: false, pausedReason: 'failing' });
    const [other, another] = [await lab.webhook(), await lab.webhook()];
    await lab.events({}, { sessionId: 'b' });
    await lab.handOutAll();
    expect(await lag()).toMatchObject({ late: 1, webhooks: [tried] });
    await lab.client.query("update webhook_deliveries set created_at = created_at - interval '5 minutes'");
    const found = await lag();
    expect(found).toMatchObject({ late: 3 });
    expect(found.webhooks[0]).toBe(tried);
    expect([other, another]).toContain(found.webhooks[1]);
    expect(found.lateMs).toBeGreaterThanOrEqual(14 * 60_000);
  });

  it('of the log is the age of what nobody could hand out', async () => {
    await lab.handOutAll();
    const late = await lab.connection();
    await late.query('begin');
    await insertEvents(late, {});
    await lab.events({});
    await lab.client.query('update events set created_at = created_at - 120000');
    await lab.fanOut.handOut(500);
    expect((await lag()).unreadMs).toBeGreaterThanOrEqual(120_000);
    await late.query('rollback');
    await late.end();
    await lab.handOutAll();
    expect((await lag()).unreadMs).toBeUndefined();
  });
});
