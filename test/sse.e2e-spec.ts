import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { request as httpRequest } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { EventLog } from '#store';
import { proxyTo } from './store/tcp-proxy.js';
import { cloneDatabase } from './support/database.js';
import { appendNumbered, newSession, numbered, numbersOf, upTo } from './support/event-writer.js';
import { eventually } from './support/eventually.js';
import { startGateway, type TestGateway } from './support/start-gateway.js';
import { refusal, SocketReader, SseReader } from './support/stream-client.js';

let gateway: TestGateway;
let token: string;
let session: string;
let opened: SseReader[];

beforeEach(async () => {
  gateway = await startGateway({ environment: { RATE_LIMIT_PER_MINUTE: '1000' } });
  token = await gateway.apiKey(['events']);
  session = await newSession(gateway);
  opened = [];
});

afterEach(async () => {
  for (const reader of opened) reader.cut();
  await gateway.close();
});

async function open(
  query: Record<string, string | undefined> = {},
  headers: Record<string, string> = {},
  as = token,
): Promise<SseReader> {
  const reader = await SseReader.open(gateway, as, query, headers);
  opened.push(reader);
  return reader;
}

function append(...numbers: number[]): Promise<void> {
  return gateway.app.get(EventLog).append(numbers.map((n) => numbered(n, session)));
}

describe('Server-Sent Events', () => {
  it('begin at once, in a form that nothing on the way keeps back or changes', async () => {
    const { response } = await open({}, { 'accept-encoding': 'gzip', 'x-request-id': 'abc' });
    expect(response.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-store, no-transform',
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
      'x-request-id': 'abc',
      'ratelimit-limit': '1000',
      'ratelimit-remaining': '999',
    });
    expect(response.headers).not.toHaveProperty('content-encoding');
  });

  it('are blocks of id, name and envelope, after the time that a client waits before it comes back', async () => {
    const reader = await open();
    await append(0);
    const [event] = await reader.received(1);
    expect(event).toMatchObject({ schema: 'v1', session, organization: 'default', event: 'session.status' });
    expect(reader.text).toBe(
      `retry: 2000\n\nid: ${event?.id}\nevent: session.status\ndata: ${JSON.stringify(event)}\n\n`,
    );
  });

  it('are what a WebSocket is sent', async () => {
    const [sse, webSocket] = [await open(), await SocketReader.open(gateway, token)];
    await append(0, 1, 2);
    expect(await sse.received(3)).toEqual(await webSocket.received(3));
    webSocket.cut();
  });

  it('go on after Last-Event-ID, rather than after since', async () => {
    const first = await open();
    await append(0, 1, 2);
    await first.received(3);
    const [zeroth = '', one = ''] = first.ids;
    expect(numbersOf(await (await open({ since: zeroth })).received(2))).toEqual([1, 2]);
    const resumed = await open({ since: zeroth }, { 'last-event-id': one });
    await append(3);
    expect(numbersOf(await resumed.received(2))).toEqual([2, 3]);
  });

  it('are filtered by event, by session and by what the key is limited to', async () => {
    const other = await newSession(gateway);
    const limited = await gateway.apiKey(['events'], { sessionIds: [other] });
    const readers = [await open({ session }), await open({ events: 'auth.qr' }), await open({}, {}, limited)];
    const qr = { organizationId: 'default', sessionId: other, event: 'auth.qr', payload: { expiresAt: 1 } } as const;
    await gateway.app.get(EventLog).append([numbered(0, session), numbered(1, other), qr, numbered(2, session)]);
    for (const [index, count] of [2, 1, 2].entries()) await readers[index]?.received(count);
    expect(readers.map(({ events }) => events.map(({ event }) => event))).toEqual([
      ['session.status', 'session.status'],
      ['auth.qr'],
      ['session.status', 'auth.qr'],
    ]);
  });

  it('hold each event once and in order, although others write all the time and the connection is cut', async () => {
    const count = 3_000;
    const first = await open();
    await append(0);
    await first.received(1);
    const writing = appendNumbered(gateway, session, count, { from: 1, size: 10 });
    const numbers: number[] = [];
    let last = first.last;
    while (numbers.at(-1) !== count) {
      const reader = await open({}, { 'last-event-id': last });
      await eventually(() => {
        if (reader.events.length < 400 && numbersOf(reader.events).at(-1) !== count) throw new Error('not yet');
      });
      reader.cut();
      await reader.ended;
      numbers.push(...numbersOf(reader.events));
      last = reader.last || last;
    }
    await writing;
    expect(numbers).toEqual(upTo(count).map((n) => n + 1));
    await first.received(count + 1);
    expect(numbersOf(first.events)).toEqual(upTo(count + 1));
  });
});

describe('a refusal', () => {
  it.each([
    [{ since: 'evt_1' }, {}, 'since'],
    [{ events: 'group' }, {}, 'events[0]'],
    [{ unknown: '1' }, {}, 'unknown'],
    [{ ticket: 'x' }, {}, 'ticket'],
    [{}, { 'last-event-id': 'evt_1' }, 'Last-Event-ID'],
  ])('of %j with %j names %s', async (query, headers, path) => {
    expect(await refusal(open(query, headers))).toMatchObject({
      status: 400,
      headers: { 'content-type': expect.stringMatching(/json/), 'ratelimit-remaining': '999' },
      body: { error: { code: 'validation_error', details: { fields: [{ path }] } } },
    });
  });

  it('of names of events, each in a parameter of its own, names the wrong one', async () => {
    const answer = await gateway.request('GET', '/api/v1/events?events=session.status&events=nothing', { token });
    expect(answer).toMatchObject({ status: 400, body: { error: { details: { fields: [{ path: 'events[1]' }] } } } });
  });

  it('is 401 without a credential, 403 without the capability, 404 for a session that is not there', async () => {
    expect(await refusal(open({}, {}, 'nobody'))).toMatchObject({ status: 401 });
    expect(await refusal(open({}, {}, await gateway.apiKey(['manage'])))).toMatchObject({ status: 403 });
    const theirs = await newSession(gateway, 'another');
    expect(await refusal(open({ session: theirs }))).toMatchObject({ status: 404 });
  });

  it('is 409 for an event that the log does not hold, and of another organization it holds none', async () => {
    const reader = await open();
    await append(0);
    await reader.received(1);
    const stranger = await gateway.jwt({ org: 'another' });
    expect(await refusal(open({}, { 'last-event-id': reader.last }, stranger))).toMatchObject({
      status: 409,
      body: { error: { details: { reason: 'events_expired' } } },
    });
  });

  it('is none to HEAD, which has no stream to wait for', async () => {
    const { status, headers } = await gateway.request('HEAD', '/api/v1/events', { token });
    expect(status).toBe(200);
    expect(headers.get('ratelimit-remaining')).toBe('999');
  });
});

describe('a stream ends', () => {
  it('when its key is deleted, and the client that comes back is told why', async () => {
    const manager = await gateway.apiKey(['manage']);
    const [reader, other] = [await open(), await open({}, {}, await gateway.jwt())];
    const id = `key_${token.split('_')[1]}`;
    const deletedAt = Date.now();
    await gateway.request('DELETE', `/api/v1/api-keys/${id}`, { token: manager });
    await reader.ended;
    expect(Date.now() - deletedAt).toBeLessThan(1_000);
    expect(await refusal(open())).toMatchObject({ status: 401 });
    await append(0);
    await other.received(1);
  });

  it('when its token does', async () => {
    const endsAt = Date.now() + 2_000;
    const reader = await open({}, {}, await gateway.jwt({}, { expiresIn: 2 }));
    await reader.ended;
    expect(Date.now() - endsAt).toBeLessThan(1_000);
  });

  it('when the gateway stops, which does not wait for readers, and goes on at the next one', async () => {
    const readers = await Promise.all(upTo(5).map(() => open()));
    await append(0);
    for (const reader of readers) await reader.received(1);
    const stoppedAt = Date.now();
    await gateway.restart();
    expect(Date.now() - stoppedAt).toBeLessThan(5_000);
    for (const { response } of readers) expect(response.complete).toBe(true);
    await append(1);
    const resumed = await open({}, { 'last-event-id': readers[0]?.last ?? '' });
    expect(numbersOf(await resumed.received(1))).toEqual([1]);
  });

  it('without harm to the process when clients break off while it begins', async () => {
    const headers = { authorization: `Bearer ${token}` };
    await Promise.all(
      upTo(30).map(async (n) => {
        const request = httpRequest(`${gateway.url}/api/v1/events`, { headers, agent: false });
        request.on('error', () => undefined).end();
        await sleep(n);
        request.destroy();
      }),
    );
    const reader = await open();
    await append(0);
    await reader.received(1);
  });

  it('when its reader takes nothing, and what it did not take is there for it', async () => {
    const reader = await open();
    await append(0);
    await reader.received(1);
    reader.response.pause();
    const large = 'x'.repeat(100_000);
    let n = 0;
    await eventually(async () => {
      n += 1;
      const payload = { status: 'working', statusReason: `n${n} ${large}` } as const;
      const event = { organizationId: 'default', sessionId: session, event: 'session.status', payload } as const;
      await gateway.app.get(EventLog).append([event]);
      expect(gateway.log).toContainEqual(expect.objectContaining({ msg: 'stream ended', reason: 'slow_reader' }));
    }, 30_000);
    reader.response.resume();
    await reader.ended;
    const resumed = await open({}, { 'last-event-id': reader.last });
    await eventually(() => expect(reader.events.length + resumed.events.length).toBe(n + 1), 30_000);
  });
});

describe('what is replayed', () => {
  it('waits in the log for a reader that takes its time, and holds up nobody else', async () => {
    const first = await open();
    await append(0);
    const [{ id: since = '' } = {}] = await first.received(1);
    first.cut();
    // Less than what makes Node say by itself that it is too much.
    const large = 'x'.repeat(10_000);
    const log = gateway.app.get(EventLog);
    const count = 2_000;
    for (let n = 1; n <= count; n += 100) {
      await log.append(
        upTo(100).map((m) => ({
          organizationId: 'default',
          sessionId: session,
          event: 'session.status',
          payload: { status: 'working', statusReason: `n${n + m} ${large}` },
        })),
      );
    }
    const reads = jest.spyOn(log, 'read');
    const replayed = (): number => reads.mock.calls.filter(([, , filter]) => filter !== undefined).length;
    const [sse, webSocket] = [await open({ since }), await SocketReader.open(gateway, token, { since })];
    sse.response.pause();
    webSocket.pause();
    let before = -1;
    await eventually(async () => {
      expect((await gateway.request('GET', '/readyz')).status).toBe(200);
      const now = replayed();
      const stands = now > 1 && now === before;
      before = now;
      await sleep(500);
      expect(stands).toBe(true);
    }, 20_000);
    // A page holds 200.
    expect(replayed()).toBeLessThan(2 * (count / 200));
    sse.response.resume();
    webSocket.resume();
    for (const reader of [sse, webSocket]) {
      await reader.received(count, 30_000);
      const numbers = reader.events.map(({ payload }) =>
        parseInt((payload as { statusReason: string }).statusReason.slice(1)),
      );
      expect(numbers).toEqual(upTo(count).map((n) => n + 1));
      reader.cut();
    }
  });
});

describe('a database that is away for a moment', () => {
  it('costs no event, neither one that is new nor one that is replayed', async () => {
    const database = await cloneDatabase();
    const proxy = await proxyTo(database.url);
    const own = await startGateway({ environment: { DATABASE_URL: proxy.url } });
    const key = await own.apiKey(['events']);
    const of = await newSession(own);
    const follower = await SseReader.open(own, key);
    await appendNumbered(own, of, 2_000);
    await follower.received(2_000);
    const replaying = await SseReader.open(own, key, { since: follower.ids[0] });
    for (let n = 0; n < 3; n++) {
      proxy.cut();
      await eventually(() => appendNumbered(own, of, 1, { from: 2_000 + n }));
    }
    await eventually(() => expect(numbersOf(follower.events).at(-1)).toBe(2_002), 20_000);
    await eventually(() => expect(numbersOf(replaying.events).at(-1)).toBe(2_002), 20_000);
    // An append whose answer was lost is repeated: the log may hold it twice, the readers hold what the log holds.
    const { events } = await own.app.get(EventLog).read({ transaction: 0, position: 0 }, 5_000);
    expect(follower.ids).toEqual(events.map(({ id }) => id));
    expect(replaying.ids).toEqual(events.slice(1).map(({ id }) => id));
    for (const reader of [follower, replaying]) reader.cut();
    await own.close();
    await proxy.close();
    await database.drop();
  });
});
