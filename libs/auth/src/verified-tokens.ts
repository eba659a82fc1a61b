import { LRUCache } from 'lru-cache';
import { createHash } from 'node:crypto';
import type { Principal } from './principal.js';

const LONGEST_MS = 60_000;
const MOST = 10_000;

/** Tokens that were verified a moment ago, by their hash: a signature costs ten times what looking here does. */
export class VerifiedTokens {
  /** By the clock on the wall, which `exp` is told by. */
  private readonly principals = new LRUCache<string, Principal>({ max: MOST, ttl: LONGEST_MS, perf: Date });

  get(token: string): Principal | undefined {
    return this.principals.get(hashOf(token));
  }

  /** `exp` in epoch seconds. */
  add(token: string, principal: Principal, exp: number): void {
    const ttl = Math.min(exp * 1_000 - Date.now(), LONGEST_MS);
    if (ttl > 0) this.principals.set(hashOf(token), principal, { ttl });
  }
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64');
}
