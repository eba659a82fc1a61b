import type { CacheStore } from '@whiskeysockets/baileys';
import { LRUCache } from 'lru-cache';

const HOUR_MS = 3_600_000;
const MOST_ENTRIES = 5_000;

/**
 * What Baileys wants to remember for a while (how often a message was asked for again, and the like), for all
 * connections of a process together. Left to itself it makes four caches for each, every one with a timer of its own.
 */
export class SocketCache {
  private readonly entries = new LRUCache<string, NonNullable<unknown>>({ max: MOST_ENTRIES, ttl: HOUR_MS });

  /** `scope` keeps the entries of one use and one session apart from all others; `ttl` in milliseconds. */
  scoped(scope: string, ttl = HOUR_MS): CacheStore {
    const { entries } = this;
    const keyOf = (key: string): string => `${scope}:${key}`;
    return {
      get: <T>(key: string) => entries.get(keyOf(key)) as T | undefined,
      set: <T>(key: string, value: T) => {
        entries.set(keyOf(key), value as NonNullable<unknown>, { ttl });
      },
      del: (key) => {
        entries.delete(keyOf(key));
      },
      flushAll: () => {
        for (const key of entries.keys()) if (key.startsWith(`${scope}:`)) entries.delete(key);
      },
    };
  }
}
