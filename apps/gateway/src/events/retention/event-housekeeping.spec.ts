import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { EventRetention, RemovedEvents, RetentionLimits } from '#store';
import { EventHousekeeping } from './event-housekeeping.js';

const HOUR = 60 * 60_000;
/** No pause is longer. */
const ROUND = 75_000;

describe('old events', () => {
  let left: number;
  let asked: RetentionLimits[];
  let isAway: boolean;
  let housekeeping: EventHousekeeping;

  beforeEach(() => {
    jest.useFakeTimers();
    Logger.overrideLogger(false);
    [left, asked, isAway] = [2_500, [], false];
    const retention = {
      overflow: (most: number) => Promise.resolve({ transaction: most, position: 7 }),
      remove: (limits: RetentionLimits): Promise<RemovedEvents> => {
        asked.push(limits);
        if (isAway) return Promise.reject(new Error('away'));
        const removed = Math.min(1_000, left);
        left -= removed;
        return Promise.resolve({ removed, isLast: removed < 1_000 });
      },
    };
    const config = { eventRetention: { hours: 2, count: 300 } };
    housekeeping = new EventHousekeeping(retention as EventRetention, config);
    housekeeping.onApplicationBootstrap();
  });
  afterEach(async () => {
    await housekeeping.beforeApplicationShutdown();
    jest.useRealTimers();
    Logger.overrideLogger(true);
  });

  it('are removed about every minute, batch after batch until none is left', async () => {
    await jest.advanceTimersByTimeAsync(ROUND);
    expect([left, asked.length]).toEqual([0, 3]);
    await jest.advanceTimersByTimeAsync(ROUND);
    expect(asked.length).toBeGreaterThan(3);
  });

  it('are those that the configuration says', async () => {
    const start = Date.now();
    await jest.advanceTimersByTimeAsync(ROUND);
    const [{ before = 0, upTo } = {}] = asked;
    expect(upTo).toEqual({ transaction: 300, position: 7 });
    expect(before + 2 * HOUR).toBeGreaterThan(start);
    expect(before + 2 * HOUR).toBeLessThanOrEqual(Date.now());
  });

  it('are removed the next time, when the database was away', async () => {
    isAway = true;
    await jest.advanceTimersByTimeAsync(ROUND);
    expect(left).toBe(2_500);
    isAway = false;
    await jest.advanceTimersByTimeAsync(ROUND);
    expect(left).toBe(0);
  });

  it('are left alone once the gateway stops', async () => {
    await housekeeping.beforeApplicationShutdown();
    await jest.advanceTimersByTimeAsync(ROUND);
    expect(asked).toEqual([]);
  });
});
