import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { BackOff } from './back-off.js';

const MINUTE = 60_000;

let backOff: BackOff;

beforeEach(() => {
  jest.useFakeTimers();
  backOff = new BackOff();
});
afterEach(() => {
  jest.useRealTimers();
});

describe('how long a kind of call waits after a 429 of WhatsApp', () => {
  it('is nothing before the first', () => {
    expect(backOff.remainingMs).toBe(0);
    expect(backOff.isRecent).toBe(false);
  });

  it('is what WhatsApp says', () => {
    expect(backOff.begin(17)).toBe(17_000);
    jest.advanceTimersByTime(16_000);
    expect(backOff.remainingMs).toBe(1_000);
    jest.advanceTimersByTime(1_000);
    expect(backOff.remainingMs).toBe(0);
  });

  it('is a minute where WhatsApp does not say it, then twice as long each time, up to an hour', () => {
    const waits = Array.from({ length: 8 }, () => {
      const wait = backOff.begin();
      jest.advanceTimersByTime(wait);
      return wait / MINUTE;
    });
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
  });

  it.each([0, -1])('is a minute where WhatsApp says %i seconds after saying no', (seconds) => {
    expect(backOff.begin(seconds)).toBe(MINUTE);
  });

  it('is a minute again once WhatsApp has been quiet for ten', () => {
    jest.advanceTimersByTime(backOff.begin());
    jest.advanceTimersByTime(10 * MINUTE - 1);
    expect(backOff.isRecent).toBe(true);
    jest.advanceTimersByTime(1);
    expect(backOff.isRecent).toBe(false);
    expect(backOff.begin()).toBe(MINUTE);
  });

  it('counts calls that were refused together as one sign', () => {
    backOff.begin();
    backOff.begin();
    expect(backOff.begin()).toBe(MINUTE);
    jest.advanceTimersByTime(MINUTE);
    expect(backOff.begin()).toBe(2 * MINUTE);
  });

  it('is the longest of what WhatsApp says meanwhile', () => {
    backOff.begin(30);
    expect(backOff.begin(90)).toBe(90_000);
    expect(backOff.begin(5)).toBe(90_000);
  });
});
