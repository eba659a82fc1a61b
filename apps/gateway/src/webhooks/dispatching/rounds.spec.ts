import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Rounds } from './rounds.js';

const GAP_MS = 10;
const POLL_MS = 1_000;

let began: number[];
let errors: unknown[];
let rounds: Rounds;
let round: () => Promise<number>;

beforeEach(() => {
  jest.useFakeTimers();
  began = [];
  errors = [];
  round = () => Promise.resolve(POLL_MS);
  const start = performance.now();
  rounds = new Rounds(
    () => {
      began.push(performance.now() - start);
      return round();
    },
    { gapMs: GAP_MS, onError: (error) => errors.push(error) },
  );
});
afterEach(async () => {
  await rounds.close();
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);

describe('rounds', () => {
  it('begin at once when one is asked for, and again when the last one said so', async () => {
    rounds.wake();
    await pass(2 * POLL_MS);
    expect(began).toEqual([0, POLL_MS, 2 * POLL_MS]);
  });

  it('are one for all who ask within the gap', async () => {
    rounds.wake();
    await pass(1);
    for (let n = 0; n < 5; n++) rounds.wake();
    await pass(GAP_MS);
    expect(began).toEqual([0, GAP_MS]);
  });

  it('see what happened while one was under way', async () => {
    round = () => new Promise((resolve) => setTimeout(() => resolve(POLL_MS), 50));
    rounds.wake();
    await pass(20);
    rounds.wake();
    expect(began).toEqual([0]);
    await pass(60);
    expect(began).toEqual([0, 50 + GAP_MS]);
    await pass(50);
  });

  it('that fail are tried again later each time, whoever asks meanwhile, and at once again after one that did not', async () => {
    round = () => Promise.reject(new Error('away'));
    rounds.wake();
    for (let n = 0; n < 100; n++) {
      await pass(100);
      rounds.wake();
    }
    expect(errors.length).toBeGreaterThan(5);
    expect(errors.length).toBeLessThan(20);
    expect((began.at(-1) ?? 0) - (began.at(-2) ?? 0)).toBeGreaterThanOrEqual(1_000);
    round = () => Promise.resolve(POLL_MS);
    await pass(2_000);
    const before = began.length;
    rounds.wake();
    await pass(GAP_MS);
    expect(began).toHaveLength(before + 1);
  });

  it('end with the one that is under way', async () => {
    let finish = (): void => undefined;
    round = () => new Promise((resolve) => (finish = () => resolve(0)));
    rounds.wake();
    rounds.wake();
    const closed = rounds.close();
    finish();
    await closed;
    await pass(POLL_MS);
    expect(began).toEqual([0]);
  });
});
