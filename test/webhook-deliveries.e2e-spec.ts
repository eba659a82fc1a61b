import { createHmac } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Receiver, type ReceiverOptions } from '../apps/gateway/src/webhooks/sending/spec-support/receiver.js';
import { Database, SENT_PAYLOADS } from '#store';
import { eventually } from './support/eventually.js';
import { PublishedEvents } from './support/published-events.js';
import { type Answer, startGateway, type TestGateway } from './support/start-gateway.js';

interface Delivery {
  id: string;
  webhookId: string;
  eventId: string;
  event: string;
  status: string;
  attempts: number;
  nextAttemptAt?: number;
  lastAttempt?: object;
}

const PATH = '/api/v1/webhooks';
const SECRET = 'a secret that nobody may see';
const HEADER = 'Bearer that-nobody-may-see';
const UNKNOWN = 'dlv_01ARZ3NDEKTSV4RRFFQ69G5FAV';

let gateway: TestGateway;
let owner: string;
let endings: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  gateway = await startGateway({ environment: { WEBHOOK_ALLOW_PRIVATE: '127.0.0.1' } });
  owner = await gateway.jwt();
});
afterAll(() => gateway.close());
afterEach(async () => {
  for (const end of endings) await end();
  endings = [];
});

async function receiver(options: ReceiverOptions = {}): Promise<Receiver> {
  const started = await Receiver.start(options);
  endings.push(() => started.stop());
  return started;
}

const get = (path: string, token = owner): Promise<Answer> => gateway.request('GET', PATH + path, { token });
const post = (path: string, token = owner): Promise<Answer> => gateway.request('POST', PATH + path, { token });
const query = <R>(text: string, values: unknown[] = []): Promise<R[]> =>
  gateway.app.get(Database).dataSource.query<R[]>(text, values);

/** Of no event: only what a test puts there is to be delivered to it. */
async function webhook(body: object = {}, token = owner): Promise<string> {
  const wanted = { url: 'http://127.0.0.1:9/', events: ['webhook.paused'], secret: SECRET, ...body };
  const answer = await gateway.request('POST', PATH, { token, body: wanted });
  expect(answer).toMatchObject({ status: 201 });
  return (answer.body as { id: string }).id;
}

/** Deliveries that have ended so, oldest first; gives their ids. */
async function ended(webhookId: string, ...statuses: ('delivered' | 'dead')[]): Promise<string[]> {
  const ids: string[] = [];
  for (const status of statuses) {
    const [row] = await query<{ id: string }>(
      `with event as (
         insert into events (transaction_id, id, organization_id, session_id, event, payload, created_at)
         select pg_current_xact_id()::text::bigint, 'evt_' || substr(md5(random()::text), 1, 26), organization_id, null,
           'auth.qr', '{"expiresAt":1}', 1700000000000
         from webhooks where id = $1 returning transaction_id, position
       ), number as (select count(*) as n from webhook_deliveries)
       insert into webhook_deliveries (id, webhook_id, lane, event_transaction_id, event_position, status, attempts, due_at,
         created_at, last_attempt_at, last_status, last_error, last_latency_ms, response_excerpt)
       select 'dlv_' || lpad(n::text, 26, '0'), $1, 0, transaction_id, position, $2, 15, now(), now(), now(), 500,
         case when $2 = 'dead' then 'http_status' end, 12, 'no'
       from event, number returning id`,
      [webhookId, status],
    );
    if (row) ids.push(row.id);
  }
  return ids;
}

async function listed(path: string, token = owner): Promise<Delivery[]> {
  const answer = await get(path, token);
  expect(answer).toMatchObject({ status: 200 });
  return (answer.body as { data: Delivery[] }).data;
}

const notFound = (what: string): object => ({ status: 404, body: { error: { message: `${what} not found` } } });
const conflict = (reason: string): object => ({
  status: 409,
  body: { error: { code: 'conflict', details: { reason } } },
});

describe('GET /webhooks/{id}/deliveries', () => {
  it('lists them from the newest on, with what came of the last attempt', async () => {
    const id = await webhook({ active: false });
    const [delivered, dead] = await ended(id, 'delivered', 'dead');
    const { status, body } = await get(`/${id}/deliveries`);
    const shared = { webhookId: id, event: 'auth.qr', attempts: 15, createdAt: expect.any(Number) };
    const eventId = expect.stringMatching(/^evt_/);
    const attempt = { at: expect.any(Number), statusCode: 500, latencyMs: 12, responseExcerpt: 'no' };
    expect({ status, body }).toEqual({
      status: 200,
      body: {
        data: [
          { ...shared, id: dead, eventId, status: 'dead', lastAttempt: { ...attempt, error: 'http_status' } },
          { ...shared, id: delivered, eventId, status: 'delivered', lastAttempt: attempt },
        ],
        nextCursor: '',
      },
    });
  });

  it('is paged, a hundred at a time unless said otherwise, and filtered by status', async () => {
    const id = await webhook({ active: false });
    const ids = (await ended(id, 'dead', 'delivered', 'dead')).reverse();
    const first = (await get(`/${id}/deliveries?limit=2`)).body as { data: Delivery[]; nextCursor: string };
    expect(first.data.map((one) => one.id)).toEqual(ids.slice(0, 2));
    const rest = await listed(`/${id}/deliveries?limit=2&cursor=${first.nextCursor}`);
    expect(rest.map((one) => one.id)).toEqual(ids.slice(2));
    expect((await listed(`/${id}/deliveries?status=delivered`)).map((one) => one.id)).toEqual([ids[1]]);
    expect(await listed(`/${id}/deliveries?status=pending`)).toEqual([]);
    await ended(id, ...Array.from({ length: 98 }, () => 'dead' as const));
    const usual = (await get(`/${id}/deliveries`)).body as { data: Delivery[]; nextCursor: string };
    expect(usual.data).toHaveLength(100);
    expect(usual.nextCursor).not.toBe('');
  });

  it('names what is wrong with the query', async () => {
    const id = await webhook();
    for (const [text, path] of [
      ['status=failed', 'status'],
      ['limit=0', 'limit'],
      ['cursor=x', 'cursor'],
      ['since=1', 'since'],
    ] as const) {
      expect(await get(`/${id}/deliveries?${text}`)).toMatchObject({
        status: 400,
        body: { error: { code: 'validation_error', details: { fields: [{ path }] } } },
      });
    }
  });
});

describe('POST /webhooks/{id}/deliveries/{delivery}:redeliver', () => {
  it('answers 202 with the delivery, which is sent anew at once', async () => {
    const endpoint = await receiver();
    const id = await webhook({ url: endpoint.url() });
    const [delivered = '', dead = ''] = await ended(id, 'delivered', 'dead');
    for (const delivery of [dead, delivered]) {
      const answer = await post(`/${id}/deliveries/${delivery}:redeliver`);
      expect(answer).toMatchObject({
        status: 202,
        body: { id: delivery, webhookId: id, status: 'pending', attempts: 0, nextAttemptAt: expect.any(Number) },
      });
      const { eventId } = answer.body as Delivery;
      await eventually(() => {
        expect(endpoint.received.map(({ headers }) => headers['x-webhook-request-id'])).toContain(eventId);
      });
    }
    await eventually(async () => {
      expect(await listed(`/${id}/deliveries`)).toMatchObject([
        { id: dead, status: 'delivered', attempts: 1, lastAttempt: { statusCode: 204 } },
        { id: delivered, status: 'delivered', attempts: 1 },
      ]);
    });
  });

  it('answers 404 for a delivery that is not there, or is of another webhook', async () => {
    const [one, other] = [await webhook(), await webhook()];
    const [delivery = ''] = await ended(other, 'dead');
    for (const id of [delivery, UNKNOWN, 'nothing', 'dlv_%00']) {
      expect(await post(`/${one}/deliveries/${id}:redeliver`)).toMatchObject(notFound('delivery'));
    }
    expect(await listed(`/${other}/deliveries`)).toMatchObject([{ status: 'dead' }]);
  });
});

describe('a delivery of a webhook whose secrets nobody can read', () => {
  it('fails, and says why; the next attempt is due as after any failure', async () => {
    const endpoint = await receiver();
    const id = await webhook({ url: endpoint.url() });
    await query(`update webhooks set key_id = 'deadbeef' where id = $1`, [id]);
    const [dead = ''] = await ended(id, 'dead');
    expect(await post(`/${id}/deliveries/${dead}:redeliver`)).toMatchObject({ status: 202 });
    await eventually(async () => {
      expect(await listed(`/${id}/deliveries`)).toMatchObject([
        { id: dead, status: 'pending', attempts: 1, lastAttempt: { error: 'secrets_unreadable' } },
      ]);
    });
    expect(endpoint.received).toEqual([]);
  });
});

describe('POST /webhooks/{id}/deliveries:redeliver', () => {
  it('answers 202 with how many dead ones are sent anew, and leaves the others', async () => {
    const endpoint = await receiver();
    const id = await webhook({ url: endpoint.url() });
    const [, delivered] = await ended(id, 'dead', 'delivered', 'dead');
    expect(await post(`/${id}/deliveries:redeliver`)).toMatchObject({ status: 202, body: { redelivered: 2 } });
    await eventually(async () => {
      expect(await listed(`/${id}/deliveries?status=delivered`)).toHaveLength(3);
    });
    expect(endpoint.received).toHaveLength(2);
    expect(await listed(`/${id}/deliveries`)).toContainEqual(expect.objectContaining({ id: delivered, attempts: 15 }));
    expect(await post(`/${id}/deliveries:redeliver`)).toMatchObject({ status: 202, body: { redelivered: 0 } });
  });
});

describe('a webhook that is not active', () => {
  it('delivers nothing again: 409, until it is activated', async () => {
    const endpoint = await receiver();
    const id = await webhook({ url: endpoint.url(), active: false });
    const [dead = ''] = await ended(id, 'dead');
    for (const path of [`/${id}/deliveries:redeliver`, `/${id}/deliveries/${dead}:redeliver`]) {
      expect(await post(path)).toMatchObject(conflict('webhook_inactive'));
    }
    expect(await listed(`/${id}/deliveries`)).toMatchObject([{ status: 'dead' }]);
    await gateway.request('PATCH', `${PATH}/${id}`, { token: owner, body: { active: true } });
    expect(await post(`/${id}/deliveries:redeliver`)).toMatchObject({ status: 202, body: { redelivered: 1 } });
    await eventually(() => expect(endpoint.received).toHaveLength(1));
  });
});

describe('POST /webhooks/{id}:test', () => {
  it('sends one event of its own, signed, and answers what came of it', async () => {
    const endpoint = await receiver({ answer: (response) => response.writeHead(201).end('thanks') });
    const id = await webhook({ url: endpoint.url(), customHeaders: { Authorization: HEADER } });
    const { status, body } = await post(`/${id}:test`);
    expect({ status, body }).toEqual({
      status: 200,
      body: { delivered: true, statusCode: 201, latencyMs: expect.any(Number), responseExcerpt: 'thanks' },
    });
    const { headers, body: sent } = endpoint.only;
    const envelope = JSON.parse(sent) as { id: string; event: string; payload: unknown };
    (await PublishedEvents.of(gateway)).check(envelope);
    expect(SENT_PAYLOADS['webhook.test'].parse(envelope.payload)).toEqual({ webhookId: id });
    expect(envelope).toEqual({
      schema: 'v1',
      id: expect.stringMatching(/^evt_[0-9A-Z]{26}$/),
      event: 'webhook.test',
      session: null,
      organization: 'default',
      timestamp: expect.any(Number),
      payload: { webhookId: id },
    });
    expect(headers).toMatchObject({
      authorization: HEADER,
      'x-webhook-request-id': envelope.id,
      'x-webhook-hmac': createHmac('sha512', SECRET).update(sent).digest('hex'),
    });
    expect(await query('select 1 from events where id = $1', [envelope.id])).toEqual([]);
    expect(await listed(`/${id}/deliveries`)).toEqual([]);
  });

  it('signs with the secret that was given last', async () => {
    const endpoint = await receiver();
    const id = await webhook({ url: endpoint.url() });
    const secret = 'another secret of sixteen';
    await gateway.request('PATCH', `${PATH}/${id}`, { token: owner, body: { secret } });
    await post(`/${id}:test`);
    const { headers, body } = endpoint.only;
    expect(headers['x-webhook-hmac']).toBe(createHmac('sha512', secret).update(body).digest('hex'));
  });

  it('tells why it failed, and shows no secret that the endpoint sends back', async () => {
    const endpoint = await receiver({
      answer: (response, { headers }) => response.writeHead(500).end(`I got ${headers.authorization}`),
    });
    const customHeaders = { Authorization: HEADER };
    const answer = await post(`/${await webhook({ url: endpoint.url(), customHeaders })}:test`);
    expect(answer.body).toMatchObject({ delivered: false, statusCode: 500, error: 'http_status' });
    expect(JSON.stringify([answer.body, gateway.log])).not.toContain('that-nobody-may-see');
    expect(await post(`/${await webhook()}:test`)).toMatchObject({
      status: 200,
      body: { delivered: false, error: 'connection_failed', latencyMs: expect.any(Number) },
    });
  });

  it('works for a webhook that is paused, and leaves it so', async () => {
    const endpoint = await receiver();
    const id = await webhook({ url: endpoint.url() });
    await query(`update webhooks set active = false, paused_reason = 'failing' where id = $1`, [id]);
    expect(await post(`/${id}:test`)).toMatchObject({ status: 200, body: { delivered: true } });
    expect((await get(`/${id}`)).body).toMatchObject({ active: false, pausedReason: 'failing' });
  });

  it('answers 409 when nobody can read the secrets any more', async () => {
    const id = await webhook();
    await query(`update webhooks set key_id = 'deadbeef' where id = $1`, [id]);
    expect(await post(`/${id}:test`)).toMatchObject(conflict('webhook_secrets_unreadable'));
  });
});

describe('every one of these routes', () => {
  const routes = (id: string, delivery: string): ['GET' | 'POST', string][] => [
    ['GET', `/${id}/deliveries`],
    ['POST', `/${id}/deliveries:redeliver`],
    ['POST', `/${id}/deliveries/${delivery}:redeliver`],
    ['POST', `/${id}:test`],
  ];

  it('answers 404 for a webhook that is not there, or is of another organization', async () => {
    const endpoint = await receiver();
    const id = await webhook({ url: endpoint.url() });
    const [delivery = ''] = await ended(id, 'dead');
    const stranger = await gateway.jwt({ org: 'another' });
    for (const [which, token] of [
      [id, stranger],
      ['wh_01ARZ3NDEKTSV4RRFFQ69G5FAV', owner],
      ['nothing', owner],
    ] as const) {
      for (const [method, path] of routes(which, delivery)) {
        expect(await gateway.request(method, PATH + path, { token })).toMatchObject(notFound('webhook'));
      }
    }
    expect(await listed(`/${id}/deliveries`)).toMatchObject([{ status: 'dead' }]);
    expect(endpoint.received).toEqual([]);
  });

  it('answers 404 to a key that is limited to other sessions, and 403 to whoever may not manage', async () => {
    const id = await webhook();
    const { body } = await gateway.request('POST', '/api/v1/sessions', { token: owner, body: {} });
    const limited = await gateway.apiKey(['manage'], { sessionIds: [(body as { id: string }).id] });
    const reader = await gateway.apiKey(['read', 'send', 'events']);
    for (const [method, path] of routes(id, UNKNOWN)) {
      expect(await gateway.request(method, PATH + path, { token: limited })).toMatchObject(notFound('webhook'));
      expect(await gateway.request(method, PATH + path, { token: reader })).toMatchObject({ status: 403 });
    }
  });
});
