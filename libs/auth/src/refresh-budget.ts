const BURST = 5;
const REFILL_MS = 6_000;

/** How often something may be fetched again: five times at once, then every six seconds. */
export class RefreshBudget {
  private tokens = BURST;
  private countedAt = Date.now();

  take(now = Date.now()): boolean {
    const refilled = Math.floor((now - this.countedAt) / REFILL_MS);
    if (refilled > 0) {
      this.tokens = Math.min(BURST, this.tokens + refilled);
      this.countedAt += refilled * REFILL_MS;
    }
    if (this.tokens === 0) return false;
    this.tokens -= 1;
    return true;
  }
}
