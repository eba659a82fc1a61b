import { describe, expect, it } from '@jest/globals';
import { RefreshBudget } from './refresh-budget.js';

describe('RefreshBudget', () => {
  it('allows five at once, then one every six seconds', () => {
    const budget = new RefreshBudget();
    const now = Date.now();
    const taken = (at: number, times: number): boolean[] => Array.from({ length: times }, () => budget.take(now + at));
    expect(taken(0, 6)).toEqual([true, true, true, true, true, false]);
    expect(taken(5_900, 1)).toEqual([false]);
    expect(taken(6_100, 2)).toEqual([true, false]);
    expect(taken(3_600_000, 6)).toEqual([true, true, true, true, true, false]);
  });
});
