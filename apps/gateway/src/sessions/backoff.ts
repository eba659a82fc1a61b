/** When a connection that failed for a passing reason is tried again. Milliseconds. */
export interface BackoffOptions {
  firstMs: number;
  /** Attempts are never capped, an outage ends when it ends; the delay is, so that every session is back soon after. */
  capMs: number;
}

export const DEFAULT_BACKOFF: BackoffOptions = { firstMs: 500, capMs: 4_000 };

/**
 * Exponential, with the upper half of each step drawn at random: sessions that were cut off together must not all
 * come back in the same instant. `attempt` counts from 0; `random` in [0, 1).
 */
export function backoffDelay(attempt: number, options = DEFAULT_BACKOFF, random: () => number = Math.random): number {
  const step = Math.min(options.capMs, options.firstMs * 2 ** Math.min(attempt, 30));
  return Math.round(step / 2 + (step / 2) * random());
}
