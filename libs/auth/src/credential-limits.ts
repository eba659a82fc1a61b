import type { ServerResponse } from 'node:http';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { RateLimitedError } from '#errors';
import type { Principal } from './principal.js';
import type { RateLimitSchemeName } from './rate-limit-scheme.js';

const WINDOW_SECONDS = 60;

/** Requests a minute where nothing is configured. */
const USUAL: Readonly<Record<RateLimitSchemeName, number>> = { gateway: 600, 'product-b': 100 };

interface Scheme {
  limiter: RateLimiterMemory;
  prefix: string;
  /** What the reset header says, for a window that ends in `ms`. */
  reset: (ms: number) => number;
}

/** How many requests each credential may still make in its minute, which begins with the first of them. */
export class CredentialLimits {
  private readonly schemes: Readonly<Record<RateLimitSchemeName, Scheme>> | undefined;

  /** `perMinute` holds for every scheme; 0: there is no limit, and no header tells of one. */
  constructor(perMinute: number | undefined) {
    if (perMinute === 0) return;
    const limiter = (scheme: RateLimitSchemeName): RateLimiterMemory =>
      new RateLimiterMemory({ points: perMinute ?? USUAL[scheme], duration: WINDOW_SECONDS });
    this.schemes = {
      gateway: { limiter: limiter('gateway'), prefix: 'RateLimit-', reset: seconds },
      'product-b': {
        limiter: limiter('product-b'),
        prefix: 'X-RateLimit-',
        reset: (ms) => seconds(Date.now() + ms),
      },
    };
  }

  /** Counts one request and sets the headers that tell of it. Throws `RateLimitedError` when it is one too many. */
  async count(caller: Principal, scheme: RateLimitSchemeName, response: ServerResponse): Promise<void> {
    if (!this.schemes) return;
    const { limiter, prefix, reset } = this.schemes[scheme];
    const { state, isOver } = await consume(limiter, keyOf(caller));
    response.setHeader(`${prefix}Limit`, limiter.points);
    response.setHeader(`${prefix}Remaining`, state.remainingPoints);
    response.setHeader(`${prefix}Reset`, reset(state.msBeforeNext));
    if (isOver) throw tooMany(state.msBeforeNext);
  }
}

/** The limiter rejects with the same facts that it resolves with. */
async function consume(limiter: RateLimiterMemory, key: string): Promise<{ state: RateLimiterRes; isOver: boolean }> {
  try {
    return { state: await limiter.consume(key), isOver: false };
  } catch (refused) {
    if (!(refused instanceof RateLimiterRes)) throw refused;
    return { state: refused, isOver: true };
  }
}

/** Unambiguous, whatever characters an organization is named with. */
function keyOf({ kind, organizationId, id }: Principal): string {
  return `${kind}:${organizationId.length}:${organizationId}:${id}`;
}

function tooMany(ms: number): RateLimitedError {
  const message = 'this credential has made too many requests in the last minute';
  return new RateLimitedError(message, seconds(ms), { reason: 'credential_rate_limited' });
}

function seconds(ms: number): number {
  return Math.ceil(ms / 1_000);
}
