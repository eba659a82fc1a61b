import { describe, expect, it } from '@jest/globals';
import { PruningSchedule } from './pruning-schedule.js';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

const connected = (sessionId: string, fence = 1) => ({ lease: { sessionId, fence }, account: {} });

/** `drawn`: what chance draws each time. */
function scheduleOf(drawn = 0.5): PruningSchedule {
  return new PruningSchedule(() => drawn);
}

describe('whose credentials are pruned', () => {
  it('is spread over half an hour after sessions connected, and nobody at once', () => {
    const [first, last] = [scheduleOf(0), scheduleOf(0.999)];
    for (const schedule of [first, last]) schedule.opened(connected('a'), 0);
    expect([first.take(MINUTE - 1), first.take(MINUTE)]).toEqual([[], ['a']]);
    expect([last.take(30 * MINUTE), last.take(31 * MINUTE)]).toEqual([[], ['a']]);
  });

  it('is the same one a day later, about', () => {
    const schedule = scheduleOf(0.5);
    schedule.opened(connected('a'), 0);
    expect(schedule.take(20 * MINUTE)).toEqual(['a']);
    expect(schedule.take(20 * MINUTE + DAY - 1)).toEqual([]);
    expect(schedule.take(20 * MINUTE + DAY)).toEqual(['a']);
  });

  it('is one that connects again all the time, too, once a day', () => {
    const schedule = scheduleOf(0.5);
    const pruned: number[] = [];
    for (let now = 0; now < DAY; now += MINUTE) {
      if (now % (3 * MINUTE) === 0) {
        schedule.closed('a');
        schedule.opened(connected('a'), now);
      }
      if (schedule.take(now).length > 0) pruned.push(now);
    }
    expect(pruned).toEqual([16 * MINUTE]);
  });

  it('is not one that connected a moment ago, though it is its turn', () => {
    const schedule = scheduleOf(0);
    schedule.opened(connected('a'), 0);
    schedule.closed('a');
    schedule.opened(connected('a'), MINUTE - 1);
    expect(schedule.take(MINUTE)).toEqual([]);
    expect(schedule.take(2 * MINUTE)).toEqual(['a']);
  });

  it('is nobody who is not connected; who comes back later waits anew', () => {
    const schedule = scheduleOf(0);
    schedule.opened(connected('a'), 0);
    schedule.closed('a');
    expect(schedule.connected('a')).toBeUndefined();
    expect(schedule.take(DAY)).toEqual([]);
    schedule.opened(connected('a'), 2 * DAY);
    expect(schedule.take(2 * DAY)).toEqual([]);
    expect(schedule.take(2 * DAY + MINUTE)).toEqual(['a']);
  });

  it('is pruned under the lease of the connection that there is', () => {
    const schedule = scheduleOf();
    schedule.opened(connected('a', 1), 0);
    schedule.closed('a');
    schedule.opened(connected('a', 2), 0);
    expect(schedule.connected('a')?.lease.fence).toBe(2);
    expect(schedule.connected('b')).toBeUndefined();
  });
});
