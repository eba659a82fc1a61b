const RETRY = { firstMs: 100, capMs: 2_000 };

export interface RoundsOptions {
  /** At least, from the end of one round to the next. */
  gapMs: number;
  onError: (error: unknown) => void;
}

/**
 * Work that is done again and again: when somebody asks for it, and when the round before said so, in milliseconds from
 * its end. One round at a time; after one that failed the next waits a little longer each time.
 */
export class Rounds {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private isAsked = false;
  private isClosed = false;
  private failures = 0;
  /** By `performance.now()`. */
  private soonest = 0;

  constructor(
    private readonly round: () => Promise<number>,
    private readonly options: RoundsOptions,
  ) {}

  /** A round begins after now: what happened before is seen by it. */
  wake(): void {
    this.isAsked = true;
    if (!this.running) this.plan(0);
  }

  /** Resolves once the last round has ended. */
  async close(): Promise<void> {
    this.isClosed = true;
    clearTimeout(this.timer);
    await this.running;
  }

  private plan(inMs: number): void {
    clearTimeout(this.timer);
    if (this.isClosed) return;
    const wait = Math.max(inMs, this.soonest - performance.now());
    if (wait <= 0) this.run();
    else this.timer = setTimeout(() => this.run(), wait);
  }

  private run(): void {
    this.isAsked = false;
    this.running = this.once().then((nextMs) => {
      this.running = undefined;
      this.plan(this.isAsked ? 0 : nextMs);
    });
  }

  private async once(): Promise<number> {
    let wait = this.options.gapMs;
    let nextMs = 0;
    try {
      nextMs = await this.round();
      this.failures = 0;
    } catch (error) {
      this.options.onError(error);
      wait = Math.min(RETRY.capMs, RETRY.firstMs * 2 ** Math.min(this.failures++, 30)) * (0.5 + 0.5 * Math.random());
    }
    this.soonest = performance.now() + wait;
    return nextMs;
  }
}
