import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Watchdog } from './watchdog.js';

const LIMITS = { comeUpMs: 20_000, silenceMs: 35_000, answerMs: 5_000 };

let asked: number;
let ends: string[];
let watchdog: Watchdog;

beforeEach(() => {
  jest.useFakeTimers();
  asked = 0;
  ends = [];
  watchdog = new Watchdog(LIMITS, { ask: () => asked++, end: (why) => ends.push(why) });
});

afterEach(() => {
  watchdog.stop();
  jest.useRealTimers();
});

describe('the watchdog of a connection', () => {
  it('ends it when it does not come up in time', () => {
    watchdog.comesUp();
    jest.advanceTimersByTime(19_999);
    expect(ends).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(ends).toEqual(['the connection did not come up in time']);
  });

  it('asks for a sign of life after a silence, and ends it when there is none (pain 21)', () => {
    watchdog.isUp();
    jest.advanceTimersByTime(34_999);
    expect(asked).toBe(0);
    jest.advanceTimersByTime(5_000);
    expect([asked, ends]).toEqual([1, []]);
    jest.advanceTimersByTime(1);
    expect([asked, ends]).toEqual([1, ['WhatsApp fell silent']]);
  });

  it('lets it live as long as what it asks is answered', () => {
    watchdog.isUp();
    for (let time = 0; time < 600_000; time += 1_000) {
      const before = asked;
      jest.advanceTimersByTime(1_000);
      if (asked > before) watchdog.heard();
    }
    expect([asked, ends]).toEqual([17, []]);
  });

  it('asks nothing while there is traffic, and looks no more often for that', () => {
    watchdog.isUp();
    const timers = jest.spyOn(globalThis, 'setTimeout');
    for (let time = 0; time < 350_000; time += 1_000) {
      watchdog.heard();
      jest.advanceTimersByTime(1_000);
    }
    expect([asked, ends]).toEqual([0, []]);
    expect(timers.mock.calls.length).toBeLessThan(12);
  });

  it('asks again after this process did not run: what came meanwhile is still to be read', () => {
    watchdog.isUp();
    jest.advanceTimersByTime(35_000);
    const asleep = jest.spyOn(performance, 'now').mockReturnValue(performance.now() + 60_000);
    jest.advanceTimersByTime(5_000);
    expect([asked, ends]).toEqual([2, []]);
    asleep.mockRestore();
  });

  it('does nothing once it is stopped', () => {
    watchdog.isUp();
    watchdog.stop();
    expect(jest.getTimerCount()).toBe(0);
  });
});
