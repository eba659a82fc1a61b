import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { DeliveryLag, Lag } from '#store';
import { LagWatch } from './lag-watch.js';

let measured: () => Promise<Lag>;
let watch: LagWatch;
let warnings: unknown[];

beforeEach(() => {
  jest.useFakeTimers();
  warnings = [];
  jest.spyOn(Logger.prototype, 'warn').mockImplementation((warning: unknown) => void warnings.push(warning));
  watch = new LagWatch({ measure: () => measured() } as unknown as DeliveryLag);
  watch.onApplicationBootstrap();
});
afterEach(async () => {
  await watch.beforeApplicationShutdown();
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
  jest.restoreAllMocks();
});

const lag = (found: Partial<Lag>) => () => Promise.resolve({ late: 0, webhooks: [], ...found });

describe('the watch over the lag of webhooks', () => {
  it('says nothing while there is none', async () => {
    measured = lag({ unreadMs: 59_000 });
    await jest.advanceTimersByTimeAsync(180_000);
    expect(warnings).toEqual([]);
  });

  it('warns once a minute of events that nobody handed out, and of webhooks that wait', async () => {
    measured = lag({ unreadMs: 61_000, late: 12, webhooks: ['a', 'b'], lateMs: 90_000 });
    await jest.advanceTimersByTimeAsync(60_000);
    expect(warnings).toMatchObject([{ unreadMs: 61_000 }, { webhooks: 12, longest: ['a', 'b'], lateMs: 90_000 }]);
    await jest.advanceTimersByTimeAsync(60_000);
    expect(warnings).toHaveLength(4);
  });

  it('says when it cannot know', async () => {
    measured = () => Promise.reject(new Error('away'));
    await jest.advanceTimersByTimeAsync(60_000);
    expect(warnings).toMatchObject([{ err: new Error('away') }]);
  });
});
