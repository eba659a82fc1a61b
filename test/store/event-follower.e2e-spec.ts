import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import pg from 'pg';
import {
  Database,
  EventFollower,
  EventLog,
  isBehind,
  LOG_START,
  Wakeups,
  type EventRecord,
  type LogPosition,
  type NewEvent,
} from '#store';
import { cloneDatabase, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { readable } from '../support/readable-log.js';
import { proxyTo, type TcpProxy } from './tcp-proxy.js';

const qr = (expiresAt: number): NewEvent => ({ organizationId: 'ours', event: 'auth.qr', payload: { expiresAt } });
const numbers = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, index) => from + index);
const moments = (events: readonly EventRecord[]): number[] =>
  events.map(({ payload }) => (payload as { expiresAt: number }).expiresAt);

/** What one listener was told. */
class Told {
  readonly pages: { events: number[]; upTo: LogPosition }[] = [];

  readonly listener = (page: readonly EventRecord[], upTo: LogPosition): void => {
    this.pages.push({ events: moments(page), upTo });
  };

  get events(): number[] {
    return this.pages.flatMap(({ events }) => events);
  }

  async begun(): Promise<LogPosition> {
    return eventually(() => {
      expect(this.pages[0]?.events).toEqual([]);
      return this.pages[0]?.upTo ?? LOG_START;
    });
  }
}

describe('whoever follows the log', () => {
  let clone: TestDatabase;
  let proxy: TcpProxy;
  let appending: Database;
  let database: Database;
  let log: EventLog;
  let wakeups: Wakeups;
  let follower: EventFollower;
  let reads: number;
  let logged: string[];

  beforeEach(async () => {
    logged = [];
    const note = (line: string | { msg: string }): void => void logged.push(typeof line === 'string' ? line : line.msg);
    Logger.overrideLogger({ log: note, warn: note, error: note });
    clone = await cloneDatabase();
    proxy = await proxyTo(clone.url);
    appending = await Database.connect({ url: clone.url });
    database = await Database.connect({ url: proxy.url, connectTimeoutMs: 500, statementTimeoutMs: 500 });
    log = new EventLog(appending);
    wakeups = new Wakeups({ url: proxy.url, connectTimeoutMs: 500 }, { retryMs: 10, longestRetryMs: 50 });
    reads = 0;
    follower = new EventFollower(counted(new EventLog(database)), wakeups);
  });
  afterEach(async () => {
    await follower.beforeApplicationShutdown();
    await wakeups.close();
    await Promise.all([database.close(), appending.close()]);
    await proxy.close();
    await clone.drop();
    Logger.overrideLogger(true);
  });

  /** The same log; its reads are counted. */
  function counted(inner: EventLog): EventLog {
    const read = inner.read.bind(inner);
    inner.read = (...parameters) => {
      reads += 1;
      return read(...parameters);
    };
    return inner;
  }

  const follow = (): Told & { stop: () => void } => {
    const told = new Told();
    return Object.assign(told, { stop: follower.follow(told.listener) });
  };
  const hasHeard = (told: Told, events: number[]): Promise<void> =>
    eventually(() => expect(told.events).toEqual(events));

  it('is told where it begins, and from there on every event, once, in order', async () => {
    await log.append([qr(1)]);
    await readable(log);
    const told = follow();
    const begin = await told.begun();
    const { events } = await log.read(LOG_START, 10);
    expect(events.map(({ position }) => isBehind(position, begin))).toEqual([true]);
    await log.append([qr(2), qr(3)]);
    await log.append([qr(4)]);
    await hasHeard(told, [2, 3, 4]);
    expect(follower.upTo).toEqual(told.pages.at(-1)?.upTo);
  });

  it('misses nothing between its own reading of the log and the pages that follow, whenever it comes', async () => {
    const first = follow();
    const late: { told: Told; before: Promise<number[]> }[] = [];
    const appendAll = (async () => {
      for (const n of numbers(0, 300)) await log.append([qr(n)]);
    })();
    while (late.length < 5) {
      await new Promise(setImmediate);
      const told = follow();
      const before = told.begun().then(async (begin) => {
        const { events } = await log.read(LOG_START, 1_000);
        return moments(events.filter(({ position }) => isBehind(position, begin)));
      });
      late.push({ told, before });
      await eventually(() => expect(first.events.length).toBeGreaterThan(late.length * 50));
    }
    await appendAll;
    for (const { told, before } of late) {
      const begun = await before;
      await eventually(() => expect([...begun, ...told.events]).toEqual(numbers(0, 300)));
    }
  });

  it('is told many events at once when many come, and the log is read once for all who follow', async () => {
    const all = numbers(0, 20).map(follow);
    await Promise.all(all.map((told) => told.begun()));
    const before = reads;
    await Promise.all(numbers(0, 400).map((n) => log.append([qr(n)])));
    await eventually(() => all.forEach((told) => expect(told.events).toHaveLength(400)));
    expect(reads - before).toBeLessThan(200);
    for (const told of all) expect(told.events).toEqual(all[0]?.events);
  });

  it('is told in pages of bounded length what was appended in one go', async () => {
    const told = follow();
    await told.begun();
    await log.append(numbers(0, 1_200).map(qr));
    await hasHeard(told, numbers(0, 1_200));
    expect(told.pages.map(({ events }) => events.length).filter((length) => length > 0)).toEqual([500, 500, 200]);
  });

  it('is told within moments of what an older transaction had held back, although nobody wakes it then', async () => {
    const told = follow();
    await told.begun();
    const client = new pg.Client({ connectionString: clone.url });
    await client.connect();
    await client.query('begin');
    await client.query('select pg_current_xact_id()');
    await log.append([qr(1)]);
    const before = reads;
    await eventually(() => expect(reads).toBeGreaterThan(before + 4), 1_000);
    expect(told.events).toEqual([]);
    await client.query('commit');
    await hasHeard(told, [1]);
    await client.end();
  });

  it('is told without being woken, too, only later', async () => {
    const told = follow();
    await told.begun();
    await wakeups.close();
    await log.append([qr(1)]);
    await hasHeard(told, [1]);
  });

  it('is told what came while the database was away, once it is back', async () => {
    const told = follow();
    await told.begun();
    await proxy.close();
    await log.append([qr(1)]);
    await eventually(() => expect(logged).toContain('events could not be read; trying again'));
    await log.append([qr(2)]);
    proxy = await proxyTo(clone.url, Number(new URL(proxy.url).port));
    await hasHeard(told, [1, 2]);
    expect(logged.filter((line) => line === 'events could not be read; trying again')).toHaveLength(1);
    expect(logged).toContain('events are read again');
  });

  it('is told although another one throws', async () => {
    follower.follow(() => {
      throw new Error('broken');
    });
    const told = follow();
    await told.begun();
    await log.append([qr(1)]);
    await hasHeard(told, [1]);
    expect(new Set(logged)).toEqual(new Set(['events were not taken in']));
  });

  it('is told nothing after it has stopped, and nothing is read once nobody follows', async () => {
    const [one, other] = [follow(), follow()];
    await Promise.all([one.begun(), other.begun()]);
    one.stop();
    await log.append([qr(1)]);
    await hasHeard(other, [1]);
    other.stop();
    await eventually(() => expect(follower.upTo).toEqual(LOG_START));
    const before = reads;
    await log.append([qr(2)]);
    await readable(log);
    expect(reads).toBe(before);
    const again = follow();
    await again.begun();
    await log.append([qr(3)]);
    await hasHeard(again, [3]);
    expect(one.events).toEqual([]);
  });

  it('is told no more from the moment in which it is stopped, in the middle of a page, too', async () => {
    const calls: string[] = [];
    const stopOther = follower.follow(() => {
      calls.push('first');
      stop();
    });
    const stop = follower.follow(() => calls.push('second'));
    await eventually(() => expect(calls).toEqual(['first']));
    stopOther();
  });
});
