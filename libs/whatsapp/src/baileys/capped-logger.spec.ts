import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { BaileysLogger } from './baileys-logger.js';
import { cappedLogger } from './capped-logger.js';
import { LogRecorder } from './spec-support/log-recorder.js';

let log: LogRecorder;
let capped: BaileysLogger;

beforeEach(() => {
  jest.useFakeTimers();
  log = new LogRecorder();
  capped = cappedLogger(log, 3);
});

afterEach(() => void jest.useRealTimers());

function warn(times: number, sessionId: string): object[] {
  const before = log.lines.length;
  for (let count = 0; count < times; count++) capped.warn({ sessionId }, 'it failed');
  return log.lines.slice(before).map(({ facts }) => facts);
}

describe('what a session logs in a flood (pain 23)', () => {
  it('is a few lines a minute, of which the last says that there were more', () => {
    expect(warn(10_000, 'a')).toEqual([
      { sessionId: 'a' },
      { sessionId: 'a' },
      { sessionId: 'a', moreAreLeftOutForMs: 60_000 },
    ]);
  });

  it('is counted, and told in the next minute', () => {
    warn(103, 'a');
    jest.advanceTimersByTime(60_000);
    expect(warn(1, 'a')).toEqual([{ sessionId: 'a', leftOut: 100 }]);
    jest.advanceTimersByTime(60_000);
    expect(warn(1, 'a')).toEqual([{ sessionId: 'a' }]);
  });

  it('takes nothing from other sessions, nor from what is worse', () => {
    warn(100, 'a');
    expect(warn(1, 'b')).toEqual([{ sessionId: 'b' }]);
    capped.error({ sessionId: 'a' }, 'worse');
    expect(log.lines.at(-1)).toEqual({ level: 'error', facts: { sessionId: 'a' }, message: 'worse' });
  });
});
