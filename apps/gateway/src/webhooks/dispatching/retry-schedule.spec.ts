import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { retryDelay } from './retry-schedule.js';

const EXPONENTIAL = { policy: 'exponential', delaySeconds: 2, attempts: 15 } as const;
const soonest = () => 0;
const latest = () => 1;

const policies = fc.record({
  policy: fc.constantFrom('exponential' as const, 'constant' as const),
  delaySeconds: fc.integer({ min: 1, max: 3_600 }),
  attempts: fc.integer({ min: 1, max: 50 }),
});
const chance = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });

describe('the wait before the next attempt', () => {
  it('doubles from two seconds on, up to an hour', () => {
    const waits = Array.from({ length: 14 }, (_, n) => retryDelay(EXPONENTIAL, n + 1, soonest));
    expect(waits.slice(0, 11)).toEqual(Array.from({ length: 11 }, (_, n) => 2_000 * 2 ** n));
    expect(waits.slice(11)).toEqual([3_272_727, 3_272_727, 3_272_727]);
    expect(retryDelay(EXPONENTIAL, 14, latest)).toBe(3_600_000);
  });

  it('is the same each time where the policy is constant', () => {
    const policy = { policy: 'constant', delaySeconds: 7, attempts: 4 } as const;
    expect([1, 2, 3].map((made) => retryDelay(policy, made, soonest))).toEqual([7_000, 7_000, 7_000]);
  });

  it('ends with the last attempt of the policy', () => {
    fc.assert(
      fc.property(policies, fc.integer({ min: 1, max: 60 }), (policy, made) => {
        expect(retryDelay(policy, made) === undefined).toBe(made >= policy.attempts);
      }),
    );
  });

  it('is never less than asked for, nor a tenth more, nor, where it grows, more than an hour', () => {
    fc.assert(
      fc.property(policies, fc.integer({ min: 1, max: 60 }), chance, (policy, made, drawn) => {
        fc.pre(made < policy.attempts);
        const wait = retryDelay(policy, made, () => drawn) ?? 0;
        const asked = policy.delaySeconds * 1_000 * (policy.policy === 'constant' ? 1 : 2 ** (made - 1));
        expect(wait).toBeLessThanOrEqual(asked * 1.1 + 1);
        expect(wait).toBeGreaterThanOrEqual(
          policy.policy === 'constant' ? asked : Math.min(asked, Math.floor(3_600_000 / 1.1)),
        );
        if (policy.policy === 'exponential') expect(wait).toBeLessThanOrEqual(3_600_000);
      }),
    );
  });

  it('is not the same for all that failed together', () => {
    expect(new Set(Array.from({ length: 20 }, () => retryDelay(EXPONENTIAL, 5))).size).toBeGreaterThan(10);
  });
});
