import { describe, expect, it } from '@jest/globals';
import { backoffDelay } from './backoff.js';

const options = { firstMs: 500, capMs: 4_000 };

describe('the delay before the next attempt to connect', () => {
  it('doubles with each attempt, up to the cap', () => {
    const longest = [0, 1, 2, 3, 4, 50, 5_000].map((attempt) => backoffDelay(attempt, options, () => 1));
    expect(longest).toEqual([500, 1_000, 2_000, 4_000, 4_000, 4_000, 4_000]);
  });

  it('is drawn from the upper half of its step', () => {
    expect(backoffDelay(3, options, () => 0)).toBe(2_000);
    expect(backoffDelay(3, options, () => 0.5)).toBe(3_000);
  });
});
