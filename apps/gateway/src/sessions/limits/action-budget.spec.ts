import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ActionBudget } from './action-budget.js';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

/** How many actions get through now, one after the other. */
function burst(budget: ActionBudget): number {
  let taken = 0;
  while (taken < 10_000 && budget.spend() === 0) taken++;
  return taken;
}

describe('the live actions that a session may do', () => {
  it('are as many as its rate for a minute at once, and then one each time a share of the minute has passed', () => {
    const budget = new ActionBudget({ ratePerMin: 6, ratePerHour: 1_000 });
    expect(burst(budget)).toBe(6);
    expect(budget.spend()).toBe(10_000);
    jest.advanceTimersByTime(9_000);
    expect(budget.spend()).toBe(1_000);
    jest.advanceTimersByTime(1_000);
    expect(burst(budget)).toBe(1);
    jest.advanceTimersByTime(60_000);
    expect(burst(budget)).toBe(6);
  });

  it('end with its rate for an hour, however few a minute', () => {
    const budget = new ActionBudget({ ratePerMin: 10, ratePerHour: 15 });
    expect(burst(budget)).toBe(10);
    jest.advanceTimersByTime(60_000);
    // 15 of the hour, of which 10 are gone, and a quarter of one came in.
    expect(burst(budget)).toBe(5);
    expect(budget.spend()).toBe(180_000);
  });

  it('take nothing from the minute when the hour has none', () => {
    const budget = new ActionBudget({ ratePerMin: 2, ratePerHour: 1 });
    expect(burst(budget)).toBe(1);
    expect(budget.spend()).toBeCloseTo(3_600_000, -1);
    budget.resize({ ratePerMin: 2, ratePerHour: 1_000 });
    expect(burst(budget)).toBe(1);
  });

  it('are more at once when a rate is raised, and fewer when it is lowered', () => {
    const budget = new ActionBudget({ ratePerMin: 1, ratePerHour: 1_000 });
    expect(burst(budget)).toBe(1);
    budget.resize({ ratePerMin: 5, ratePerHour: 1_000 });
    expect(burst(budget)).toBe(4);
    budget.resize({ ratePerMin: 1, ratePerHour: 1_000 });
    expect(budget.spend()).toBe(60_000);
  });

  it('are some even at less than one a minute', () => {
    const budget = new ActionBudget({ ratePerMin: 0.5, ratePerHour: 1_000 });
    expect(burst(budget)).toBe(1);
    expect(budget.spend()).toBe(120_000);
  });
});
