/** So many failures on end are no coincidence. */
const MANY = 5;
const FIRST_REST_MS = 100;
const LONGEST_REST_MS = 30_000;

/**
 * How an endpoint fares in one lane. One that keeps failing gets what was tried before when that is due, as always, and
 * something new only now and then, to see whether it is back: else all that waits for it would be tried in vain.
 */
export class LaneStrain {
  private failures = 0;
  private restUntil = 0;

  /** `now` in monotonic milliseconds. */
  took(ok: boolean, now: number): void {
    if (ok) return this.clear();
    this.failures++;
    if (this.isFailing) this.restUntil = now + Math.min(LONGEST_REST_MS, FIRST_REST_MS * 2 ** (this.failures - MANY));
  }

  /** It may be another endpoint. */
  clear(): void {
    this.failures = 0;
    this.restUntil = 0;
  }

  get isFailing(): boolean {
    return this.failures >= MANY;
  }

  /** Milliseconds until something new may be tried. */
  restMs(now: number): number {
    return Math.max(0, this.restUntil - now);
  }
}
