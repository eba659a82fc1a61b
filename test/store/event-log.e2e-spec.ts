import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import {
  Database,
  EventLog,
  isBehind,
  LOG_START,
  newEventId,
  THIS_TRANSACTION,
  type EventFilter,
  type EventRecord,
  type LogPosition,
  type NewEvent,
} from '#store';
import { readable } from '../support/readable-log.js';
import { openStore, OURS, THEIRS, type Store } from './open-store.js';

const S1 = '01ARZ3NDEKTSV4RRFFQ69G5FA1';
const S2 = '01ARZ3NDEKTSV4RRFFQ69G5FA2';

const qr = (expiresAt: number, sessionId = S1, scope = OURS): NewEvent => ({
  ...scope,
  sessionId,
  event: 'auth.qr',
  payload: { expiresAt },
});
const stopped = (sessionId = S1, scope = OURS): NewEvent => ({
  ...scope,
  sessionId,
  event: 'session.status',
  payload: { status: 'stopped' },
});

/** A transaction of its own on another connection, as whoever stores a change and tells of it has. */
class Writer {
  private constructor(private readonly client: pg.Client) {}

  static async connect(url: string): Promise<Writer> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    return new Writer(client);
  }

  async append(expiresAt: number): Promise<void> {
    await this.client.query(
      `insert into events (transaction_id, id, organization_id, session_id, event, payload, created_at)
       values (${THIS_TRANSACTION}, $1, $2, $3, 'auth.qr', $4, 1)`,
      [newEventId(), OURS.organizationId, S1, { expiresAt }],
    );
  }

  async query(text: string): Promise<void> {
    await this.client.query(text);
  }

  async end(): Promise<void> {
    await this.client.end();
  }
}

describe('the event log', () => {
  let store: Store;
  let log: EventLog;
  let writer: Writer;

  beforeEach(async () => {
    store = await openStore();
    log = new EventLog(store.database);
    writer = await Writer.connect(store.url);
  });
  afterEach(async () => {
    await writer.end();
    await store.close();
  });

  const moments = (events: readonly EventRecord[]): number[] =>
    events.map(({ payload }) => (payload as { expiresAt: number }).expiresAt);
  const readFrom = async (after: LogPosition, filter?: EventFilter): Promise<number[]> =>
    moments((await log.read(after, 100, filter)).events);
  const append = async (...events: NewEvent[]): Promise<void> => {
    await log.append(events);
    await readable(log);
  };

  it('holds what was appended, in its order, as it was', async () => {
    const { position: from } = await log.head();
    const before = Date.now();
    await log.append([qr(1), qr(2, S2), { ...THEIRS, event: 'webhook.paused', payload: paused }]);
    await log.append([]);
    await append(stopped());
    const { events, isLast } = await log.read(from, 10);
    expect(isLast).toBe(true);
    const common = { id: expect.stringMatching(/^evt_[0-9A-HJKMNP-TV-Z]{26}$/), position: expect.anything() };
    expect(events).toEqual([
      { ...common, ...qr(1), createdAt: expect.any(Number) },
      { ...common, ...qr(2, S2), createdAt: expect.any(Number) },
      { ...common, ...THEIRS, event: 'webhook.paused', payload: paused, createdAt: expect.any(Number) },
      { ...common, ...stopped(), createdAt: expect.any(Number) },
    ]);
    expect(new Set(events.map(({ id }) => id)).size).toBe(4);
    for (const { createdAt } of events) expect(createdAt).toBeGreaterThanOrEqual(before);
    events.reduce((earlier, later) => {
      expect(isBehind(earlier.position, later.position)).toBe(true);
      return later;
    });
  });

  it('keeps the order of many that are appended at once', async () => {
    const many = Array.from({ length: 1_000 }, (_, index) => qr(index));
    await append(...many);
    const { events } = await log.read(LOG_START, 2_000);
    expect(moments(events)).toEqual(many.map((_, index) => index));
  });

  it('is read by pages that follow each other without a gap and without an overlap', async () => {
    await log.append([qr(1), qr(2), qr(3)]);
    await append(qr(4), qr(5));
    const read: number[][] = [];
    let page = { upTo: LOG_START, isLast: false } as Awaited<ReturnType<EventLog['read']>>;
    while (!page.isLast) {
      page = await log.read(page.upTo, 2);
      read.push(moments(page.events));
    }
    expect(read).toEqual([[1, 2], [3, 4], [5]]);
    await append(qr(6));
    expect(await readFrom(page.upTo)).toEqual([6]);
  });

  it('has nothing after its head, and after that what comes then', async () => {
    await append(qr(1));
    const { position: head } = await log.head();
    expect(await readFrom(head)).toEqual([]);
    await append(qr(2));
    expect(await readFrom(head)).toEqual([2]);
  });

  describe('in which an old transaction commits late', () => {
    it('shows no reader anything that is newer before that has ended, so that nobody passes it', async () => {
      await writer.query('begin');
      await writer.append(1);
      await log.append([qr(2)]);
      await log.append([qr(3)]);
      const held = await log.read(LOG_START, 100);
      expect(held).toMatchObject({ events: [], isLast: true, isHeldBack: true });
      expect(await readFrom(LOG_START, { scope: OURS })).toEqual([]);
      const { position: head } = await log.head();
      await writer.query('commit');
      await readable(log);
      expect(await readFrom(held.upTo)).toEqual([1, 2, 3]);
      expect(await readFrom(head)).toEqual([1, 2, 3]);
      expect(await log.read(held.upTo, 100, { scope: OURS })).toMatchObject({ isHeldBack: false });
    });

    it('shows readers that follow every event once, however transactions overlap', async () => {
      const writers = await Promise.all([1, 2, 3].map(() => Writer.connect(store.url)));
      const read: number[] = [];
      let upTo = LOG_START;
      const catchUp = async (): Promise<void> => {
        const page = await log.read(upTo, 2);
        read.push(...moments(page.events));
        expect(isBehind(page.upTo, upTo)).toBe(false);
        upTo = page.upTo;
        if (!page.isLast) await catchUp();
      };
      for (let round = 0; round < 5; round++) {
        for (const [index, each] of writers.entries()) {
          await each.query('begin');
          await each.append(round * 10 + index);
        }
        // The last one to begin is the first one to commit.
        for (const [index, each] of [...writers.entries()].reverse()) {
          if (round % 2 === 0) await each.append(round * 10 + index + 5);
          await each.query(round === 3 && index === 1 ? 'rollback' : 'commit');
          await catchUp();
        }
      }
      await Promise.all(writers.map((each) => each.end()));
      await readable(log);
      await catchUp();
      const all = await log.read(LOG_START, 100);
      expect(read).toEqual(moments(all.events));
      expect(read).toHaveLength(5 * 3 + 3 * 3 - 1);
    });

    it('goes on when that transaction is undone: what it had appended never was, and leaves no hole that matters', async () => {
      await append(qr(1));
      await writer.query('begin');
      await writer.append(2);
      await log.append([qr(3)]);
      const { upTo, events } = await log.read(LOG_START, 100);
      expect(moments(events)).toEqual([1]);
      await writer.query('rollback');
      await readable(log);
      expect(await readFrom(upTo)).toEqual([3]);
    });

    it('never goes back behind where a reader is already', async () => {
      await writer.query('begin');
      await writer.append(1);
      await log.append([qr(2)]);
      const { rows } = await peek('select id from events');
      const at = await log.positionOf(OURS.organizationId, rows[0]?.id ?? '');
      expect(await log.read(at, 100)).toMatchObject({ events: [], upTo: at });
      await writer.query('commit');
    });

    const peek = async (text: string): Promise<pg.QueryResult<{ id: string }>> => {
      const client = new pg.Client({ connectionString: store.url });
      await client.connect();
      const result = await client.query<{ id: string }>(text);
      await client.end();
      return result;
    };
  });

  it('has holes where positions were drawn and not used, which nobody notices', async () => {
    await log.append([qr(1)]);
    await writer.query('begin');
    await writer.append(0);
    await writer.append(0);
    await writer.query('rollback');
    await append(qr(2));
    const first = await log.read(LOG_START, 1);
    const second = await log.read(first.upTo, 1);
    expect([...moments(first.events), ...moments(second.events)]).toEqual([1, 2]);
    const [one, two] = [...first.events, ...second.events].map(({ position }) => position.position);
    expect((two ?? 0) - (one ?? 0)).toBeGreaterThan(1);
  });

  describe('read by a caller', () => {
    beforeEach(() =>
      append(qr(1), qr(2, S2), qr(3, S1, THEIRS), stopped(S1), { ...OURS, event: 'webhook.paused', payload: paused }),
    );

    const seen = async (filter: Omit<EventFilter, 'scope'>, scope: EventFilter['scope'] = OURS): Promise<unknown[]> => {
      const { events } = await log.read(LOG_START, 100, { scope, ...filter });
      return events.map(({ event, sessionId, payload }) =>
        'expiresAt' in payload ? payload.expiresAt : event + (sessionId ?? ''),
      );
    };

    it('has the events of its organization, those of no session among them', async () => {
      expect(await seen({})).toEqual([1, 2, `session.status${S1}`, 'webhook.paused']);
      expect(await seen({}, THEIRS)).toEqual([3]);
      expect(await seen({}, { organizationId: 'nobody' })).toEqual([]);
    });

    it('has those of the session that it asks for, and none of one that is not its own', async () => {
      expect(await seen({ sessionId: S2 })).toEqual([2]);
      expect(await seen({ sessionId: S2 }, THEIRS)).toEqual([]);
    });

    it('has those of the sessions that it is limited to, and nothing else, whatever it asks for', async () => {
      const limited = { ...OURS, sessionIds: [S1] };
      expect(await seen({}, limited)).toEqual([1, `session.status${S1}`]);
      expect(await seen({ sessionId: S1 }, limited)).toEqual([1, `session.status${S1}`]);
      expect(await seen({ sessionId: S2 }, limited)).toEqual([]);
      expect(await seen({}, { ...OURS, sessionIds: [] })).toEqual([]);
    });

    it('has those with the names that it asks for', async () => {
      expect(await seen({ events: ['session.status', 'webhook.paused'] })).toEqual([
        `session.status${S1}`,
        'webhook.paused',
      ]);
      expect(await seen({ events: ['auth.qr'], sessionId: S1 })).toEqual([1]);
      expect(await seen({ events: [] })).toEqual([]);
    });

    it('comes to the end of the log although nothing of it passes the filter', async () => {
      const { upTo, events, isLast } = await log.read(LOG_START, 1, { scope: OURS, events: ['group.update'] });
      expect([events, isLast]).toEqual([[], true]);
      expect(await readFrom(upTo)).toEqual([]);
    });

    it('is paged within the filter', async () => {
      const filter = { scope: OURS, events: ['auth.qr' as const] };
      const first = await log.read(LOG_START, 1, filter);
      const second = await log.read(first.upTo, 1, filter);
      expect([first, second].map(({ events }) => moments(events))).toEqual([[1], [2]]);
    });
  });

  describe('asked for the place of an event', () => {
    it('goes on after it', async () => {
      await append(qr(1), qr(2), qr(3));
      const { events } = await log.read(LOG_START, 100);
      const place = await log.positionOf(OURS.organizationId, events[1]?.id ?? '');
      expect(place).toEqual(events[1]?.position);
      expect(await readFrom(place)).toEqual([3]);
    });

    it.each([
      ['of another organization', async () => (await log.read(LOG_START, 1)).events[0]?.id ?? ''],
      ['that it does not hold', () => Promise.resolve(newEventId())],
      ['whose id cannot be one', () => Promise.resolve('evt_x')],
      ['whose id PostgreSQL cannot store', () => Promise.resolve('evt_\0')],
    ])('answers 409 events_expired for one %s', async (_, id) => {
      await append(qr(1));
      await expect(log.positionOf(THEIRS.organizationId, await id())).rejects.toMatchObject({
        code: 'conflict',
        details: { reason: 'events_expired' },
      });
    });
  });

  it('is read through its indexes, however long it is', async () => {
    await writer.query(
      `insert into events (transaction_id, id, organization_id, session_id, event, payload, created_at)
       select (n / 2)::bigint - 100000, 'evt_' || n, 'org' || n % 50, '${S1}', 'auth.qr', '{"expiresAt":1}', n
       from generate_series(1, 100000) n`,
    );
    await writer.query('analyze events');
    const narrow = await Database.connect({ url: store.url, poolSize: 1 });
    const narrowLog = new EventLog(narrow);
    await narrowLog.read(LOG_START, 1);
    await narrowLog.read(LOG_START, 1, { scope: OURS });
    const planOf = async (call: string): Promise<string> => {
      const explain = { name: call, text: `explain (analyze, costs off, timing off) execute ${call}` };
      const rows = await narrow.rows<{ 'QUERY PLAN': string }>(explain, []);
      return rows.map((row) => row['QUERY PLAN']).join('\n');
    };
    const all = await planOf('"events.read" (-60000, 0, 500)');
    const scoped = await planOf(`"events.read-scope" (-60000, 0, 500, 'org7', null, null)`);
    await narrow.close();
    const between = '(ROW(transaction_id, "position") > ROW($1, $2)) AND (transaction_id < b.bound)';
    expect(all).toContain(`Index Cond: (${between})`);
    expect(all).toContain('actual rows=500.00');
    expect(scoped).toContain(`Index Cond: ((organization_id = $4) AND ${between})`);
    expect(scoped).toContain('actual rows=400.00');
    for (const plan of [all, scoped]) {
      expect(plan).not.toMatch(/Seq Scan|Rows Removed/);
      // What can be read, and whether more is there.
      expect(plan).toContain('Index Only Scan Backward using events_pkey');
    }
  });
});

const paused = { webhookId: `wh_${'0'.repeat(26)}`, reason: 'failing', pausedAt: 1 };
