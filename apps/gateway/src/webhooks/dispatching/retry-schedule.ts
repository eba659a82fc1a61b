import type { RetryPolicy } from '#store';

const HOUR_MS = 3_600_000;
/** Deliveries that failed together must not all come back in the same instant. */
const JITTER = 0.1;

/**
 * Milliseconds until the next attempt after `made` of them failed; `undefined`: there is none any more. Never sooner than
 * the policy says, up to a tenth later. `exponential` doubles from attempt to attempt and waits an hour at most. `random`
 * in [0, 1).
 */
export function retryDelay(
  { policy, delaySeconds, attempts }: RetryPolicy,
  made: number,
  random: () => number = Math.random,
): number | undefined {
  if (made >= attempts) return undefined;
  const first = delaySeconds * 1_000;
  if (policy === 'constant') return Math.round(first * (1 + JITTER * random()));
  // Jitter has its place below the cap: that many attempts fail together in a long outage.
  const step = Math.min(first * 2 ** Math.min(made - 1, 40), HOUR_MS / (1 + JITTER));
  return Math.round(step * (1 + JITTER * random()));
}
