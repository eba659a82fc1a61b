import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Database, EventLog, newEventId } from '#store';
import { EventStreams, MOST_STREAMS } from '../apps/gateway/src/events/streams/event-streams.js';
import { appendNumbered, newSession, numbered, numbersOf, upTo } from './support/event-writer.js';
import { eventually } from './support/eventually.js';
import { startGateway, type TestGateway } from './support/start-gateway.js';
import { refusal, SocketReader, SseReader, ticketFor } from './support/stream-client.js';

let gateway: TestGateway;
let token: string;
let session: string;
let opened: SocketReader[];

beforeEach(async () => {
  gateway = await startGateway();
  token = await gateway.apiKey(['events']);
  session = await newSession(gateway);
  opened = [];
});

afterEach(async () => {
  for (const reader of opened) reader.cut();
  await gateway.close();
});

async function open(as = token, query: Record<string, string | undefined> = {}): Promise<SocketReader> {
  const reader = await SocketReader.open(gateway, as, query);
  opened.push(reader);
  return reader;
}

function append(...numbers: number[]): Promise<void> {
  return gateway.app.get(EventLog).append(numbers.map((n) => numbered(n, session)));
}

const sql = (text: string): Promise<unknown> => gateway.app.get(Database).dataSource.query(text);

describe('a ticket', () => {
  it('opens one stream, within thirty seconds', async () => {
    const { status, body } = await gateway.request('POST', '/api/v1/realtime/ticket', { token });
    const { ticket, expiresAt } = body as { ticket: string; expiresAt: number };
    expect(status).toBe(201);
    expect(expiresAt - Date.now()).toBeGreaterThan(25_000);
    expect(expiresAt - Date.now()).toBeLessThanOrEqual(31_000);
    await open(token, { ticket });
    const again = await refusal(open(token, { ticket }));
    expect(again).toMatchObject({ status: 401, body: { error: { code: 'unauthorized' } } });
  });

  it('is good for one of many who come at once', async () => {
    const ticket = await ticketFor(gateway, token);
    const all = await Promise.allSettled(upTo(5).map(() => open(token, { ticket })));
    expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('is needed, and no other credential will do', async () => {
    for (const ticket of ['', 'x'.repeat(43), token]) {
      expect(await refusal(open(token, { ticket }))).toMatchObject({ status: 401 });
    }
    const { status } = await gateway.request('GET', '/api/v1/realtime', { token });
    expect(status).toBe(401);
  });

  it('expires, and is taken away by the next one', async () => {
    const ticket = await ticketFor(gateway, token);
    const kept = await ticketFor(gateway, token);
    await sql(`update realtime_tickets set expires_at = clock_timestamp() - interval '1 ms'`);
    expect(await refusal(open(token, { ticket }))).toMatchObject({ status: 401 });
    expect(await sql('select hash from realtime_tickets')).toHaveLength(1);
    await ticketFor(gateway, token);
    expect(await sql('select hash from realtime_tickets')).toHaveLength(1);
    expect(await refusal(open(token, { ticket: kept }))).toMatchObject({ status: 401 });
  });

  it('is stored as a hash, and neither logged nor repeated', async () => {
    const ticket = await ticketFor(gateway, token);
    expect(JSON.stringify(await sql('select encode(hash, $$escape$$), principal from realtime_tickets'))).not.toContain(
      ticket,
    );
    await open(token, { ticket });
    await refusal(open(token, { ticket }));
    await eventually(() => {
      expect(requestsLogged('/api/v1/realtime?')).toEqual([
        expect.objectContaining({ status: 101, url: '/api/v1/realtime?ticket=[redacted]', organization: 'default' }),
        expect.objectContaining({ status: 401, url: '/api/v1/realtime?ticket=[redacted]' }),
      ]);
    });
    expect(JSON.stringify(gateway.log)).not.toContain(ticket);
  });

  it('of a key that was revoked meanwhile, or is used from elsewhere, opens nothing', async () => {
    const key = await gateway.apiKey(['events']);
    const ticket = await ticketFor(gateway, key);
    await revoke(key);
    expect(await refusal(open(key, { ticket }))).toMatchObject({ status: 401 });

    const elsewhere = await gateway.apiKey(['events'], { allowedCidrs: ['127.0.0.0/8'] });
    const theirs = await ticketFor(gateway, elsewhere);
    await sql(`update api_keys set allowed_cidrs = '{203.0.113.0/24}' where allowed_cidrs is not null`);
    await gateway.restart();
    expect(await refusal(open(elsewhere, { ticket: theirs }))).toMatchObject({ status: 401 });
  });

  it('needs the capability', async () => {
    for (const as of [await gateway.apiKey(['read', 'send', 'manage']), await gateway.jwt({ role: 'member' })]) {
      const { status, body } = await gateway.request('POST', '/api/v1/realtime/ticket', { token: as });
      expect({ status, body }).toMatchObject({
        status: 403,
        body: { error: { details: { reason: 'capability_missing' } } },
      });
    }
  });
});

describe('a stream', () => {
  it('tells of what happens from its beginning on, in the envelope of the contract', async () => {
    await append(0);
    const reader = await open();
    await append(1);
    expect(await reader.received(1)).toEqual([
      {
        schema: 'v1',
        id: expect.stringMatching(/^evt_[0-9A-Z]{26}$/),
        event: 'session.status',
        session,
        organization: 'default',
        timestamp: expect.any(Number),
        payload: { status: 'working', statusReason: 'n1' },
      },
    ]);
  });

  it('tells nothing of what was committed before, and all of what is committed later, whatever began first', async () => {
    const log = gateway.app.get(EventLog);
    const source = gateway.app.get(Database).dataSource.createQueryRunner();
    await source.startTransaction();
    await source.query('select pg_current_xact_id()');
    await append(0);
    const reader = await open();
    await append(1);
    await source.query(
      `insert into events (transaction_id, id, organization_id, session_id, event, payload, created_at)
      select pg_current_xact_id()::text::bigint, $1, 'default', $2, 'session.status', '{"statusReason":"n2"}', 0`,
      [newEventId(), session],
    );
    await source.commitTransaction();
    await source.release();
    await append(3);
    expect(numbersOf(await reader.received(3))).toEqual([2, 1, 3]);
    const { events } = await log.read({ transaction: 0, position: 0 }, 10);
    expect(reader.ids).toEqual(events.map(({ id }) => id).filter((id) => reader.ids.includes(id)));
  });

  it('tells of the request and of the limit of the credential as every answer does', async () => {
    await gateway.close();
    gateway = await startGateway({ environment: { RATE_LIMIT_PER_MINUTE: '100' } });
    token = await gateway.apiKey(['events']);
    const ticket = await ticketFor(gateway, token);
    const { headers } = await rawUpgrade(`/api/v1/realtime?ticket=${ticket}`, { 'x-request-id': 'abc' });
    expect(headers).toMatchObject({ 'x-request-id': 'abc', 'ratelimit-remaining': '98' });
  });

  it('tells an organization nothing of another', async () => {
    const reader = await open(await gateway.jwt({ org: 'another' }));
    await append(0);
    await gateway.app.get(EventLog).append([numbered(1, session, 'another')]);
    expect(numbersOf(await reader.received(1))).toEqual([1]);
    expect(reader.events).toHaveLength(1);
  });

  it('tells a key that is limited to sessions of these only, and of no webhook', async () => {
    const other = await newSession(gateway);
    const key = await gateway.apiKey(['events'], { sessionIds: [session] });
    const log = gateway.app.get(EventLog);
    const paused = {
      organizationId: 'default',
      event: 'webhook.paused',
      payload: { webhookId: `wh_${'0'.repeat(26)}`, reason: 'failing', pausedAt: 1 },
    } as const;
    const [limited, unlimited] = [await open(key), await open()];
    await append(0);
    const [{ id: since = '' } = {}] = await limited.received(1);
    await log.append([numbered(1, other), paused, numbered(2, session)]);
    expect(numbersOf(await limited.received(2))).toEqual([0, 2]);
    const all = ['session.status', 'session.status', 'webhook.paused', 'session.status'];
    expect((await unlimited.received(4)).map(({ event }) => event)).toEqual(all);
    expect(unlimited.events[2]?.session).toBeNull();
    expect(numbersOf(await (await open(key, { since })).received(1))).toEqual([2]);
    expect((await (await open(token, { since })).received(3)).map(({ event }) => event)).toEqual(all.slice(1));
    expect(await refusal(open(key, { session: other }))).toMatchObject({ status: 404 });
  });

  it('is of the events and of the session that were asked for, in what is replayed and in what is new', async () => {
    const other = await newSession(gateway);
    await append(0);
    const first = await open();
    await append(1);
    const [{ id: since = '' } = {}] = await first.received(1);
    const qr = { organizationId: 'default', sessionId: session, event: 'auth.qr', payload: { expiresAt: 1 } } as const;
    const write = (): Promise<void> => gateway.app.get(EventLog).append([numbered(2, other), qr, numbered(3, session)]);
    await write();
    const readers = await Promise.all([
      open(token, { since, session }),
      open(token, { since, events: 'auth.qr,auth.code' }),
      open(token, { since, session: other, events: 'session.status' }),
    ]);
    for (const [index, count] of [2, 1, 1].entries()) await readers[index]?.received(count);
    await write();
    const shown = (index: number): unknown[] => readers[index]?.events.map(({ event }) => event) ?? [];
    for (const [index, count] of [4, 2, 2].entries()) await readers[index]?.received(count);
    expect(shown(0)).toEqual(['auth.qr', 'session.status', 'auth.qr', 'session.status']);
    expect(shown(1)).toEqual(['auth.qr', 'auth.qr']);
    expect(readers[2]?.events.map((event) => event.session)).toEqual([other, other]);
  });

  it('does not listen, and ends for who says too much', async () => {
    const reader = await open();
    reader.webSocket.send('{"hello":1}');
    await append(0);
    await reader.received(1);
    reader.webSocket.send('x'.repeat(2_000));
    expect((await reader.closed).code).toBe(1009);
  });
});

describe('a stream from an event on', () => {
  it('has each event once and in order, although others write all the time', async () => {
    const count = 6_000;
    await append(0);
    const first = await open(token);
    await append(1);
    const [{ id: since = '' } = {}] = await first.received(1);
    const writing = appendNumbered(gateway, session, count, { from: 2, size: 7 });
    const readers: SocketReader[] = [];
    // Some begin with much to replay, some with little, all while more is written.
    for (let n = 0; n < 12; n++) {
      readers.push(await open(token, { since: n % 2 === 0 ? since : first.last }));
    }
    await writing;
    await first.received(count + 1, 30_000);
    for (const reader of [first, ...readers]) {
      await eventually(() => expect(reader.last).toBe(first.last), 30_000);
      const numbers = numbersOf(reader.events);
      expect(numbers.at(-1)).toBe(count + 1);
      expect(numbers).toEqual(upTo(numbers.length).map((n) => n + (numbers[0] ?? 0)));
    }
    expect(readers[0]?.events).toHaveLength(count);
  });

  it('goes on where one that was cut broke off', async () => {
    const writing = appendNumbered(gateway, session, 3_000, { from: 1, size: 10 });
    const numbers: number[] = [];
    let since: string | undefined;
    const first = await open();
    await first.received(50);
    const start = numbersOf(first.events)[0] ?? 0;
    for (let reader = first; numbers.at(-1) !== 3_000; reader = await open(token, { since })) {
      await eventually(() => {
        if (reader.events.length < 300 && numbersOf(reader.events).at(-1) !== 3_000) throw new Error('not yet');
      });
      reader.cut();
      await reader.closed;
      numbers.push(...numbersOf(reader.events));
      since = reader.last || since;
    }
    await writing;
    expect(numbers).toEqual(upTo(3_001 - start).map((n) => n + start));
  });

  it('that is no longer in the log, or was never in it, is refused with events_expired', async () => {
    const first = await open();
    await append(0, 1);
    await first.received(2);
    const [since = ''] = first.ids;
    await sql(`delete from events where id = '${since}'`);
    for (const expired of [since, newEventId()]) {
      expect(await refusal(open(token, { since: expired }))).toMatchObject({
        status: 409,
        body: { error: { code: 'conflict', details: { reason: 'events_expired' } } },
      });
    }
    const stranger = await gateway.jwt({ org: 'another' });
    expect(await refusal(open(stranger, { since: first.last }))).toMatchObject({ status: 409 });
  });
});

describe('what is no stream', () => {
  it.each([
    [{ since: 'evt_1' }, 400, 'since'],
    [{ events: 'session.status,nothing' }, 400, 'events[1]'],
    [{ events: '' }, 400, 'events[0]'],
    [{ unknown: '1' }, 400, 'unknown'],
  ])('%j is %i, naming %s', async (query, status, path) => {
    expect(await refusal(open(token, query))).toMatchObject({
      status,
      headers: { 'x-request-id': expect.any(String), 'content-type': expect.stringMatching(/json/) },
      body: { error: { code: 'validation_error', details: { fields: [{ path }] } } },
    });
  });

  it('is a session that is not there', async () => {
    const theirs = await newSession(gateway, 'another');
    for (const unknown of [theirs, 'nothing']) {
      expect(await refusal(open(token, { session: unknown }))).toMatchObject({ status: 404 });
    }
  });

  it('is a request that asks for no upgrade, or for one that is no handshake', async () => {
    const path = async (): Promise<string> => `/api/v1/realtime?ticket=${await ticketFor(gateway, token)}`;
    const { status, body } = await gateway.request('GET', await path());
    expect({ status, body }).toMatchObject({
      status: 400,
      body: { error: { details: { fields: [{ path: 'Upgrade' }] } } },
    });
    const bad = await rawUpgrade(await path(), { 'sec-websocket-version': '7' });
    expect(bad).toMatchObject({ status: 400, body: { error: { code: 'validation_error' } } });
  });

  it('is an upgrade on any other path, which is answered as if it were none', async () => {
    expect(await rawUpgrade('/nowhere')).toMatchObject({ status: 404, body: { error: { code: 'not_found' } } });
    expect(await rawUpgrade('/api/v1/events')).toMatchObject({ status: 401 });
    expect(await rawUpgrade('/healthz')).toMatchObject({ status: 200, headers: { connection: 'close' } });
  });

  it('is an upgrade before whose request another one is still being answered', async () => {
    const { hostname, port } = new URL(gateway.url);
    const socket = connect(Number(port), hostname);
    const lines = Object.entries({ host: 'x', ...HANDSHAKE }).map(([name, value]) => `${name}: ${value}\r\n`);
    const ticket = await ticketFor(gateway, token);
    socket.on('error', () => undefined);
    socket.write(
      `GET /readyz HTTP/1.1\r\nhost: x\r\n\r\nGET /api/v1/realtime?ticket=${ticket} HTTP/1.1\r\n${lines.join('')}\r\n`,
    );
    await once(socket.resume(), 'close');
    expect((await gateway.request('GET', '/readyz')).status).toBe(200);
  });

  it('is an upgrade to HTTP/2, which some clients ask for with every request: its body is read', async () => {
    const manager = await gateway.apiKey(['manage']);
    const answer = await send('POST', '/api/v1/sessions', '{"label":"h2c"}', {
      authorization: `Bearer ${manager}`,
      'content-type': 'application/json',
      connection: 'Upgrade, HTTP2-Settings',
      upgrade: 'h2c',
      'http2-settings': 'AAMAAABkAAQAoAAAAAIAAAAA',
    });
    expect(answer).toMatchObject({ status: 201, body: { label: 'h2c' } });
  });

  it('is one too many of an organization', async () => {
    const tokens = await Promise.all(upTo(MOST_STREAMS).map(() => ticketFor(gateway, token)));
    for (let n = 0; n < tokens.length; n += 50) {
      await Promise.all(tokens.slice(n, n + 50).map((ticket) => open(token, { ticket })));
    }
    const refused = await refusal(open());
    expect(refused).toMatchObject({ status: 429, body: { error: { details: { reason: 'too_many_streams' } } } });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    await open(await gateway.jwt({ org: 'another' }));
    opened[0]?.cut();
    await eventually(() => open());
  });
});

describe('two processes', () => {
  it('share tickets, what is told, and whose key has ended', async () => {
    const other = await startGateway({ environment: { DATABASE_URL: gateway.database.url } });
    try {
      const key = await gateway.apiKey(['events', 'manage']);
      const ticket = await ticketFor(gateway, key);
      const reader = await SocketReader.open(other, key, { ticket });
      expect(await refusal(open(key, { ticket }))).toMatchObject({ status: 401 });
      await append(0);
      await reader.received(1);
      const deletedAt = Date.now();
      const path = `/api/v1/api-keys/key_${key.split('_')[1]}`;
      expect((await gateway.request('DELETE', path, { token: key })).status).toBe(204);
      expect(await reader.closed).toEqual({ code: 4401, reason: 'credential_ended' });
      expect(Date.now() - deletedAt).toBeLessThan(1_000);
    } finally {
      await other.close();
    }
  });
});

describe('a reader that does not read', () => {
  it('is disconnected with a code, and goes on from where it was', async () => {
    const reader = await open();
    await append(0);
    await reader.received(1);
    reader.pause();
    const log = gateway.app.get(EventLog);
    const large = 'x'.repeat(100_000);
    let n = 0;
    await eventually(async () => {
      n += 1;
      const payload = { status: 'working', statusReason: `n${n} ${large}` } as const;
      await log.append([{ organizationId: 'default', sessionId: session, event: 'session.status', payload }]);
      expect(ends()).toContainEqual(expect.objectContaining({ reason: 'slow_reader', stream: 'websocket' }));
    }, 30_000);
    reader.resume();
    expect(await reader.closed).toEqual({ code: 4408, reason: 'slow_reader' });
    const resumed = await open(token, { since: reader.last });
    await eventually(() => expect(reader.events.length + resumed.events.length).toBe(n + 1), 30_000);
    const parsed = [...reader.events, ...resumed.events].map(({ payload }) =>
      parseInt((payload as { statusReason: string }).statusReason.slice(1)),
    );
    expect(parsed).toEqual(upTo(n + 1));
  });
});

describe('a stream ends', () => {
  it('within a second of its key, which another process deletes', async () => {
    const key = await gateway.apiKey(['events']);
    const [reader, other] = [await open(key), await open()];
    await revoke(key);
    const revokedAt = Date.now();
    expect(await reader.closed).toEqual({ code: 4401, reason: 'credential_ended' });
    expect(Date.now() - revokedAt).toBeLessThan(1_000);
    await append(0);
    await other.received(1);
    expect(reader.events).toEqual([]);
  });

  it('within a second of the end of its token, or of its key', async () => {
    const expiresAt = Date.now() + 2_000;
    const key = await open(await gateway.apiKey(['events'], { expiresAt }));
    const jwt = await open(await gateway.jwt({}, { expiresIn: 2 }));
    expect((await key.closed).code).toBe(4401);
    expect(Date.now() - expiresAt).toBeLessThan(1_000);
    expect((await jwt.closed).code).toBe(4401);
    expect(Date.now() - expiresAt).toBeLessThan(1_000);
  });

  it('when the gateway stops, which does not wait for readers', async () => {
    const readers = await Promise.all(upTo(5).map(() => open()));
    const stoppedAt = Date.now();
    await gateway.restart();
    expect(Date.now() - stoppedAt).toBeLessThan(5_000);
    for (const reader of readers) expect(await reader.closed).toEqual({ code: 1001, reason: 'going_away' });
  });

  it('and is refused from then on', async () => {
    const reader = await open();
    gateway.app.get(EventStreams).beginShutdown();
    expect((await reader.closed).code).toBe(1001);
    for (const opening of [() => open(), () => SseReader.open(gateway, token)]) {
      const refused = await refusal(opening());
      expect(refused).toMatchObject({ status: 503, body: { error: { details: { reason: 'shutting_down' } } } });
      expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    }
  });

  it('without harm to the process when clients break off in the middle of an upgrade', async () => {
    const tickets = await Promise.all(upTo(20).map(() => ticketFor(gateway, token)));
    await Promise.all(
      tickets.map(async (ticket, n) => {
        const request = upgrading(`/api/v1/realtime?ticket=${ticket}`);
        request.on('error', () => undefined).end();
        await sleep(n);
        request.destroy();
      }),
    );
    await eventually(async () => expect((await gateway.request('GET', '/readyz')).status).toBe(200));
    const reader = await open();
    await append(0);
    await reader.received(1);
  });
});

function ends(): Record<string, unknown>[] {
  return gateway.log.filter(({ msg }) => msg === 'stream ended');
}

function requestsLogged(start: string): unknown[] {
  return gateway.log.filter(({ msg, url }) => msg === 'request' && String(url).startsWith(start));
}

/** As another process does it: nothing of this one is told. */
async function revoke(key: string): Promise<void> {
  const id = `key_${key.split('_')[1]}`;
  await sql(`with gone as (delete from api_keys where id = '${id}' returning id)
             select pg_notify('gateway_api_keys', id) from gone`);
}

const HANDSHAKE = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
};

function upgrading(path: string, headers: Record<string, string> = {}): ReturnType<typeof httpRequest> {
  return httpRequest(gateway.url + path, { headers: { ...HANDSHAKE, ...headers }, agent: false });
}

interface RawAnswer {
  status: number;
  headers: Record<string, unknown>;
  body: unknown;
}

function rawUpgrade(path: string, headers: Record<string, string> = {}): Promise<RawAnswer> {
  return answerOf(upgrading(path, headers));
}

function send(method: string, path: string, body: string, headers: Record<string, string>): Promise<RawAnswer> {
  return answerOf(httpRequest(gateway.url + path, { method, headers, agent: false }), body);
}

function answerOf(request: ReturnType<typeof httpRequest>, sent?: string): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    request.on('error', reject);
    request.on('upgrade', ({ statusCode: status = 0, headers }, socket) => {
      socket.destroy();
      resolve({ status, headers, body: undefined });
    });
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const { statusCode: status = 0, headers } = response;
        resolve({ status, headers, body: JSON.parse(Buffer.concat(chunks).toString()) as unknown });
      });
    });
    request.end(sent);
  });
}
