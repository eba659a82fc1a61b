import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { pino } from 'pino';
import type { IdempotencyKeys } from '#store';
import { IdempotencyPurge } from './idempotency-purge.js';

const TEN_MINUTES = 600_000;

let left: number;
let asked: number;
let away: boolean;
let purge: IdempotencyPurge;

beforeEach(() => {
  jest.useFakeTimers();
  [left, asked, away] = [2_500, 0, false];
  const keys = {
    purge: (most: number): Promise<number> => {
      asked += 1;
      if (away) return Promise.reject(new Error('away'));
      const removed = Math.min(most, left);
      left -= removed;
      return Promise.resolve(removed);
    },
  };
  purge = new IdempotencyPurge(keys as IdempotencyKeys, pino({ level: 'silent' }));
  purge.onApplicationBootstrap();
});

afterEach(async () => {
  await purge.onModuleDestroy();
  jest.useRealTimers();
});

describe('expired keys', () => {
  it('are removed every ten minutes, batch after batch until none is left', async () => {
    await jest.advanceTimersByTimeAsync(TEN_MINUTES);
    expect([left, asked]).toEqual([0, 3]);
    await jest.advanceTimersByTimeAsync(TEN_MINUTES);
    expect(asked).toBe(4);
  });

  it('are removed the next time, when the database was away', async () => {
    away = true;
    await jest.advanceTimersByTimeAsync(TEN_MINUTES);
    away = false;
    await jest.advanceTimersByTimeAsync(TEN_MINUTES);
    expect(left).toBe(0);
  });

  it('are left alone once the gateway stops', async () => {
    await purge.onModuleDestroy();
    await jest.advanceTimersByTimeAsync(TEN_MINUTES);
    expect(asked).toBe(0);
  });
});
