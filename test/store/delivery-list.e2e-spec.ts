import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
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

describe('the list of deliveries', () => {
  it('tells of each what it is of and when it is due', async () => {
    const before = Date.now();
    const [eventId] = await lab.happen({ sessionId: 'a', event: 'auth.qr' });
    const delivery = await lab.only(webhook);
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
    const [failed = '', delivered = ''] = await lab.happen({}, { sessionId: null, event: 'webhook.paused' });
    await lab.set(
      failed,
      `attempts = 2, due_at = to_timestamp(1700000060), last_attempt_at = to_timestamp(1700000000.123), last_status = 503,
       last_error = 'http_status', last_latency_ms = 7, response_excerpt = 'busy'`,
    );
    await lab.set(
      delivered,
      `status = 'delivered', attempts = 1, last_attempt_at = now(), last_status = 204, last_latency_ms = 3`,
    );
    const [newer, older] = await lab.listed(webhook);
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
    const [one, two, three] = await lab.happen({}, {}, {});
    const first = await lab.deliveries.list(OURS, webhook, { limit: 2 });
    expect(eventsIn(first.data)).toEqual([three, two]);
    await lab.happen({});
    const second = await lab.deliveries.list(OURS, webhook, { limit: 2, cursor: first.nextCursor });
    expect(eventsIn(second.data)).toEqual([one]);
    expect(second.nextCursor).toBe('');
    const other = await lab.webhook();
    await expect(lab.deliveries.list(OURS, other, { cursor: first.nextCursor })).rejects.toThrow('cursor');
  });

  it('is filtered by status', async () => {
    const [pending, delivered = '', dead = ''] = await lab.happen({}, {}, {});
    await lab.set(delivered, "status = 'delivered'");
    await lab.set(dead, DIED);
    const of = async (status: 'pending' | 'delivered' | 'dead'): Promise<string[]> =>
      eventsIn((await lab.deliveries.list(OURS, webhook, { status, limit: 10 })).data);
    expect(await of('pending')).toEqual([pending]);
    expect(await of('delivered')).toEqual([delivered]);
    expect(await of('dead')).toEqual([dead]);
  });

  it('is empty for whoever does not see the webhook, and for another webhook', async () => {
    await lab.happen({ sessionId: 'a' });
    expect(await lab.listed(webhook, THEIRS)).toEqual([]);
    expect(await lab.listed(webhook, { ...OURS, sessionIds: ['a'] })).toEqual([]);
    expect(await lab.listed(await lab.webhook())).toEqual([]);
    expect(await lab.listed(webhook)).toHaveLength(1);
  });

  it('shows whoever is limited to some sessions the deliveries of these only', async () => {
    const [a] = await lab.happen({ sessionId: 'a' }, { sessionId: 'b' }, { sessionId: null });
    await lab.client.query('update webhooks set session_ids = $1 where id = $2', [['a'], webhook]);
    expect(eventsIn(await lab.listed(webhook, { ...OURS, sessionIds: ['a'] }))).toEqual([a]);
    expect(await lab.listed(webhook)).toHaveLength(3);
  });
});

describe('a long list of deliveries', () => {
  const ours = { ...OURS, sessionIds: ['a'] };
  const MANY = 5_000;
  let wanted: string[];

  beforeEach(async () => {
    wanted = await lab.happen({ sessionId: 'a' }, { sessionId: 'a' });
    await lab.client.query('update webhook_deliveries set status = $1', ['delivered']);
    await lab.crowd(webhook, MANY, { sessionId: 'b', prefix: '7' });
    wanted.push(...(await lab.happen({ sessionId: 'a' })));
    await lab.client.query(
      "update webhook_deliveries set id = 'dlv_8' || substr(id, 6), status = 'delivered' where event_transaction_id > 1 and status = 'pending'",
    );
    await lab.client.query('update webhooks set session_ids = $1 where id = $2', [['a'], webhook]);
  });

  it.each([
    ['by who may see few of them', ours, {}],
    ['by a status that few of them have', OURS, { status: 'delivered' as const }],
  ])('is read %s in pages that may be short, or empty', async (_, scope, filter) => {
    const pages: string[][] = [];
    let cursor = '';
    do {
      const { data, nextCursor } = await lab.deliveries.list(scope, webhook, { ...filter, limit: 2, cursor });
      pages.push(eventsIn(data));
      cursor = nextCursor;
    } while (cursor !== '');
    expect(pages).toEqual([[wanted[2]], [], [wanted[1], wanted[0]]]);
  });
});
