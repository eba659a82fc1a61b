import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { NotFoundError } from '#errors';
import { newEventId } from '#store';
import { DIED, DeliveryLab, eventsIn } from './delivery-lab.js';
import { OURS, THEIRS } from './open-store.js';

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

/** What `work` says on the channel. */
async function heardWhile(work: () => Promise<unknown>): Promise<string[]> {
  const heard: string[] = [];
  const listener = await lab.connection();
  listener.on('notification', ({ payload }) => heard.push(payload ?? ''));
  await listener.query('listen gateway_webhooks');
  await work();
  // Messages come before the answer to what is asked after them.
  await listener.query('select 1');
  await listener.end();
  return heard;
}

describe('a delivery that is asked for again', () => {
  it.each([DIED, "status = 'delivered', attempts = 3", "attempts = 4, due_at = now() + interval '1 hour'"])(
    'begins anew and is due now, when it was %s',
    async (columns) => {
      const [eventId = ''] = await lab.happen({});
      await lab.set(eventId, `${columns}, last_attempt_at = now(), last_status = 500, last_latency_ms = 1`);
      const { id } = await lab.only(webhook);
      const heard = await heardWhile(() => lab.deliveries.redeliver(OURS, webhook, id));
      const after = await lab.only(webhook);
      expect(after).toMatchObject({ id, eventId, status: 'pending', attempts: 0, lastAttempt: { statusCode: 500 } });
      expect(after.nextAttemptAt).toBeLessThanOrEqual(Date.now() + 5_000);
      expect(heard).toEqual([webhook]);
    },
  );

  it('is answered as it is from now on', async () => {
    await lab.happen({});
    const { id } = await lab.only(webhook);
    expect(await lab.deliveries.redeliver(OURS, webhook, id)).toEqual(await lab.only(webhook));
  });

  it('does not exist for whoever does not see it', async () => {
    const [eventId = ''] = await lab.happen({ sessionId: 'b' });
    await lab.set(eventId, DIED);
    const { id } = await lab.only(webhook);
    const other = await lab.webhook();
    await lab.client.query('update webhooks set session_ids = $1 where id = $2', [['a'], webhook]);
    const limited = { ...OURS, sessionIds: ['a'] };
    for (const [scope, of, which] of [
      [THEIRS, webhook, id],
      [limited, webhook, id],
      [OURS, other, id],
      [OURS, webhook, `dlv_${newEventId().slice(4)}`],
      [OURS, webhook, 'dlv_x'],
      [OURS, webhook, `${id}\0`],
    ] as const) {
      await expect(lab.deliveries.redeliver(scope, of, which)).rejects.toThrow(new NotFoundError('delivery'));
    }
    expect(await lab.deliveries.redeliverDead(THEIRS, webhook)).toBe(0);
    expect(await lab.deliveries.redeliverDead(limited, webhook)).toBe(0);
    expect(await lab.only(webhook)).toMatchObject({ status: 'dead' });
  });
});

describe('all dead deliveries that are asked for again', () => {
  it('are those of that webhook, over several batches, and nothing else', async () => {
    const dead = await lab.happen(...Array.from({ length: 3 }, () => ({})));
    const [pending, delivered = ''] = await lab.happen({}, {});
    for (const eventId of dead) await lab.set(eventId, DIED);
    await lab.set(delivered, "status = 'delivered'");
    await lab.crowd(webhook, 4_500, { status: "'dead'" });
    const other = await lab.webhook();
    await lab.client.query(
      `insert into webhook_deliveries
       select 'dlv_other', $2, lane, event_transaction_id, event_position, 'dead', 0, now(), now()
       from webhook_deliveries where webhook_id = $1 limit 1`,
      [webhook, other],
    );
    let redelivered = 0;
    const heard = await heardWhile(async () => {
      redelivered = await lab.deliveries.redeliverDead(OURS, webhook);
    });
    expect(redelivered).toBe(4_503);
    expect(new Set(heard)).toEqual(new Set([webhook]));
    const { rows } = await lab.client.query<{ webhook_id: string; status: string; attempts: number; count: string }>(
      `select webhook_id, status, attempts, count(*) from webhook_deliveries group by 1, 2, 3 order by 1, 2`,
    );
    expect(rows).toEqual([
      { webhook_id: webhook, status: 'delivered', attempts: 0, count: '1' },
      { webhook_id: webhook, status: 'pending', attempts: 0, count: '4504' },
      { webhook_id: other, status: 'dead', attempts: 0, count: '1' },
    ]);
    expect(eventsIn((await lab.deliveries.list(OURS, webhook, { status: 'pending', limit: 1000 })).data)).toContain(
      pending,
    );
    expect(await lab.deliveries.redeliverDead(OURS, webhook)).toBe(0);
  });

  it('are told of to nobody where there are none', async () => {
    await lab.happen({});
    expect(await heardWhile(() => lab.deliveries.redeliverDead(OURS, webhook))).toEqual([]);
  });
});
