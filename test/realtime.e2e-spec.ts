import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Database, EventLog, newEventId } from '#store';
import { appendNumbered, newSession, numbered, numbersOf, upTo } from './support/event-writer.js';
import { eventually } from './support/eventually.js';
import { rawUpgrade } from './support/raw-http.js';
import { RealtimeLab } from './support/realtime-lab.js';
import { startGateway, type TestGateway } from './support/start-gateway.js';
import { refusal, SocketReader, ticketFor } from './support/stream-client.js';

let lab: RealtimeLab;
let gateway: TestGateway;
let token: string;
let session: string;

beforeEach(async () => {
  lab = await RealtimeLab.start();
  ({ gateway, token, session } = lab);
});
afterEach(() => lab.stop());

describe('a stream', () => {
  it('tells of what happens from its beginning on, in the envelope of the contract', async () => {
    await lab.append(0);
    const reader = await lab.open();
    await lab.append(1);
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
    await lab.append(0);
    const reader = await lab.open();
    await lab.append(1);
    await source.query(
      `insert into events (transaction_id, id, organization_id, session_id, event, payload, created_at)
      select pg_current_xact_id()::text::bigint, $1, 'default', $2, 'session.status', '{"statusReason":"n2"}', 0`,
      [newEventId(), session],
    );
    await source.commitTransaction();
    await source.release();
    await lab.append(3);
    expect(numbersOf(await reader.received(3))).toEqual([2, 1, 3]);
    const { events } = await log.read({ transaction: 0, position: 0 }, 10);
    expect(reader.ids).toEqual(events.map(({ id }) => id).filter((id) => reader.ids.includes(id)));
  });

  it('tells of the request and of the limit of the credential as every answer does', async () => {
    await gateway.close();
    gateway = await startGateway({ environment: { RATE_LIMIT_PER_MINUTE: '100' } });
    token = await gateway.apiKey(['events']);
    const ticket = await ticketFor(gateway, token);
    const { headers } = await rawUpgrade(`${gateway.url}/api/v1/realtime?ticket=${ticket}`, { 'x-request-id': 'abc' });
    expect(headers).toMatchObject({ 'x-request-id': 'abc', 'ratelimit-remaining': '98' });
  });

  it('tells an organization nothing of another', async () => {
    const reader = await lab.open(await gateway.jwt({ org: 'another' }));
    await lab.append(0);
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
    const [limited, unlimited] = [await lab.open(key), await lab.open()];
    await lab.append(0);
    const [{ id: since = '' } = {}] = await limited.received(1);
    await log.append([numbered(1, other), paused, numbered(2, session)]);
    expect(numbersOf(await limited.received(2))).toEqual([0, 2]);
    const all = ['session.status', 'session.status', 'webhook.paused', 'session.status'];
    expect((await unlimited.received(4)).map(({ event }) => event)).toEqual(all);
    expect(unlimited.events[2]?.session).toBeNull();
    expect(numbersOf(await (await lab.open(key, { since })).received(1))).toEqual([2]);
    expect((await (await lab.open(token, { since })).received(3)).map(({ event }) => event)).toEqual(all.slice(1));
    expect(await refusal(lab.open(key, { session: other }))).toMatchObject({ status: 404 });
  });

  it('is of the events and of the session that were asked for, in what is replayed and in what is new', async () => {
    const other = await newSession(gateway);
    await lab.append(0);
    const first = await lab.open();
    await lab.append(1);
    const [{ id: since = '' } = {}] = await first.received(1);
    const qr = { organizationId: 'default', sessionId: session, event: 'auth.qr', payload: { expiresAt: 1 } } as const;
    const write = (): Promise<void> => gateway.app.get(EventLog).append([numbered(2, other), qr, numbered(3, session)]);
    await write();
    const readers = await Promise.all([
      lab.open(token, { since, session }),
      lab.open(token, { since, events: 'auth.qr,auth.code' }),
      lab.open(token, { since, session: other, events: 'session.status' }),
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
    const reader = await lab.open();
    reader.webSocket.send('{"hello":1}');
    await lab.append(0);
    await reader.received(1);
    reader.webSocket.send('x'.repeat(2_000));
    expect((await reader.closed).code).toBe(1009);
  });
});

describe('a stream from an event on', () => {
  it('has each event once and in order, although others write all the time', async () => {
    const count = 6_000;
    await lab.append(0);
    const first = await lab.open(token);
    await lab.append(1);
    const [{ id: since = '' } = {}] = await first.received(1);
    const writing = appendNumbered(gateway, session, count, { from: 2, size: 7 });
    const readers: SocketReader[] = [];
    // Some begin with much to replay, some with little, all while more is written.
    for (let n = 0; n < 12; n++) {
      readers.push(await lab.open(token, { since: n % 2 === 0 ? since : first.last }));
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
    const first = await lab.open();
    await first.received(50);
    const start = numbersOf(first.events)[0] ?? 0;
    for (let reader = first; numbers.at(-1) !== 3_000; reader = await lab.open(token, { since })) {
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
    const first = await lab.open();
    await lab.append(0, 1);
    await first.received(2);
    const [since = ''] = first.ids;
    await lab.sql(`delete from events where id = '${since}'`);
    for (const expired of [since, newEventId()]) {
      expect(await refusal(lab.open(token, { since: expired }))).toMatchObject({
        status: 409,
        body: { error: { code: 'conflict', details: { reason: 'events_expired' } } },
      });
    }
    const stranger = await gateway.jwt({ org: 'another' });
    expect(await refusal(lab.open(stranger, { since: first.last }))).toMatchObject({ status: 409 });
  });
});

describe('two processes', () => {
  it('share tickets, what is told, and whose key has ended', async () => {
    const other = await startGateway({ environment: { DATABASE_URL: gateway.database.url } });
    try {
      const key = await gateway.apiKey(['events', 'manage']);
      const ticket = await ticketFor(gateway, key);
      const reader = await SocketReader.open(other, key, { ticket });
      expect(await refusal(lab.open(key, { ticket }))).toMatchObject({ status: 401 });
      await lab.append(0);
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
    const reader = await lab.open();
    await lab.append(0);
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
    const resumed = await lab.open(token, { since: reader.last });
    await eventually(() => expect(reader.events.length + resumed.events.length).toBe(n + 1), 30_000);
    const parsed = [...reader.events, ...resumed.events].map(({ payload }) =>
      parseInt((payload as { statusReason: string }).statusReason.slice(1)),
    );
    expect(parsed).toEqual(upTo(n + 1));
  });
});

function ends(): Record<string, unknown>[] {
  return gateway.log.filter(({ msg }) => msg === 'stream ended');
}
