import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { Database, EventFollower, EventLog, isBehind, Wakeups, type LogPosition } from '#store';
import { Postgres } from '../chaos/postgres.js';
import { eventually } from '../support/eventually.js';

/** Each call of a listener: how many events, and up to where. */
interface Call {
  events: number;
  upTo: LogPosition;
}

describe('whoever follows the log of a server that ends', () => {
  let postgres: Postgres;
  let database: Database;
  let log: EventLog;
  let wakeups: Wakeups;
  let follower: EventFollower;
  let calls: Call[];

  beforeEach(async () => {
    Logger.overrideLogger(false);
    postgres = await Postgres.start();
    database = await Database.open({ url: postgres.url });
    log = new EventLog(database);
    wakeups = new Wakeups({ url: postgres.url }, { retryMs: 10, longestRetryMs: 50 });
    follower = new EventFollower(log, wakeups);
    calls = [];
    follower.follow((page, upTo) => calls.push({ events: page.length, upTo }));
    await eventually(() => expect(calls).toHaveLength(1));
    await append(1);
    await eventually(() => expect(calls).toHaveLength(2));
  });
  afterEach(async () => {
    await follower.beforeApplicationShutdown();
    await wakeups.close();
    await database.close();
    await postgres.stop();
    Logger.overrideLogger(true);
  });

  const append = (expiresAt: number): Promise<void> =>
    log.append([{ organizationId: 'ours', event: 'auth.qr', payload: { expiresAt } }]);

  it('is told another beginning when it crashed: numbers of transactions that it lost are given once more', async () => {
    await postgres.restart('immediate');
    await eventually(() => expect(calls.map(({ events }) => events)).toEqual([0, 1, 0]));
    await eventually(() => append(2));
    await eventually(() => expect(calls.map(({ events }) => events)).toEqual([0, 1, 0, 1]));
  });

  it('goes on where it was when it was stopped and started', async () => {
    await postgres.restart('fast');
    await eventually(() => append(2));
    await eventually(() => expect(calls.map(({ events }) => events)).toEqual([0, 1, 1]));
    expect(isBehind(calls[1]?.upTo as LogPosition, calls[2]?.upTo as LogPosition)).toBe(true);
  });
});
