/** Where WhatsApp does not say how long to wait: this long at first, twice as long each further time, up to an hour. */
const FIRST_MS = 60_000;
const LONGEST_MS = 3_600_000;
/** After this long without a further 429, the next one is a first one again. */
const QUIET_MS = 600_000;

/** WhatsApp said 429 to one kind of call: none of that kind leaves before the time is up. */
export class BackOff {
  /** On the clock of `performance`, which nobody sets. */
  private endsAt = -Infinity;
  /** How many in a row. */
  private strikes = 0;

  /** Milliseconds; 0: calls may leave. */
  get remainingMs(): number {
    return Math.max(0, this.endsAt - performance.now());
  }

  /** It is running, or ended so short a time ago that care is due. */
  get isRecent(): boolean {
    return performance.now() < this.endsAt + QUIET_MS;
  }

  /** `asked`: the seconds that WhatsApp asks for, where it does; no time at all is no answer. Returns how many milliseconds it is. */
  begin(asked?: number): number {
    const seconds = asked !== undefined && asked > 0 ? asked : undefined;
    const isRunning = this.remainingMs > 0;
    // Calls that were on their way together are refused together: one sign, not several.
    if (!isRunning) this.strikes = this.isRecent ? this.strikes + 1 : 1;
    const wait = seconds === undefined ? Math.min(LONGEST_MS, FIRST_MS * 2 ** (this.strikes - 1)) : seconds * 1_000;
    // Nor does the second of them, which says less, make the wait shorter.
    this.endsAt = Math.max(this.endsAt, performance.now() + (isRunning && seconds === undefined ? 0 : wait));
    return this.remainingMs;
  }

  reset(): void {
    this.endsAt = -Infinity;
    this.strikes = 0;
  }
}
