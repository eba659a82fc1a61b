import { LRUCache } from 'lru-cache';
import type { BaileysLogger } from './baileys-logger.js';

const WINDOW_MS = 60_000;
const MOST_SESSIONS = 5_000;

interface Window {
  since: number;
  lines: number;
  leftOut: number;
}

/**
 * A logger that passes `most` lines a minute of one session and level on, and counts the others: a session that
 * receives nothing but what it cannot decrypt fills no disk, and hides no other session. The last line that passes says
 * that more are left out, the first one of the next minute how many they were. `debug` is for whoever wants everything.
 */
export function cappedLogger(logger: BaileysLogger, most = 20): BaileysLogger {
  const windows = new LRUCache<string, Window>({ max: MOST_SESSIONS });

  const capped = (level: 'info' | 'warn' | 'error') => (facts: object, message: string) => {
    const key = `${level} ${'sessionId' in facts ? String(facts.sessionId) : ''}`;
    const now = performance.now();
    const before = windows.get(key);
    const isNew = before === undefined || now - before.since >= WINDOW_MS;
    const window = isNew ? { since: now, lines: 0, leftOut: 0 } : before;
    if (isNew) windows.set(key, window);
    if (window.lines >= most) return void window.leftOut++;
    window.lines++;
    const leftOut = isNew && before !== undefined && before.leftOut > 0 && { leftOut: before.leftOut };
    const isLast = window.lines === most && { moreAreLeftOutForMs: Math.round(window.since + WINDOW_MS - now) };
    logger[level]({ ...facts, ...leftOut, ...isLast }, message);
  };

  return {
    debug: (facts, message) => logger.debug(facts, message),
    info: capped('info'),
    warn: capped('warn'),
    error: capped('error'),
  };
}
