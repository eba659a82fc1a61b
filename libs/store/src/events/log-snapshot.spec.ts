import { describe, expect, it } from '@jest/globals';
import { LogSnapshot } from './log-snapshot.js';

const has = (snapshot: LogSnapshot, ...transactions: number[]): boolean[] =>
  transactions.map((transaction) => snapshot.has({ transaction, position: 1 }));

describe('what was committed at a moment', () => {
  it('is all that had a lower number, where nothing was running', () => {
    const snapshot = LogSnapshot.parse('10:10:');
    expect(snapshot.position).toEqual({ transaction: 10, position: 0 });
    expect(has(snapshot, 9, 10, 11)).toEqual([true, false, false]);
  });

  it('is nothing that was still running, and what had overtaken it', () => {
    const snapshot = LogSnapshot.parse('10:14:10,12');
    expect(snapshot.position).toEqual({ transaction: 10, position: 0 });
    expect(has(snapshot, 10, 11, 12, 13, 14)).toEqual([false, true, false, true, false]);
  });
});
