/** Milliseconds. */
export interface WatchdogLimits {
  /** How long a connection may take to open, or to show a code. */
  comeUpMs: number;
  /** Silence after which WhatsApp is asked for a sign of life, */
  silenceMs: number;
  /** and how long it then has to give one. */
  answerMs: number;
}

export interface WatchdogOrders {
  /** Sends what WhatsApp answers whenever it lives. */
  ask(): void;
  end(why: string): void;
}

/**
 * Ends a connection that does not come up, and one that is up and dead. Alive is where something arrives: that a socket
 * calls itself open, or that what is written to it is taken, tells nothing of the other end.
 *
 * One timer, which fires once in `silenceMs` however much arrives.
 */
export class Watchdog {
  private timer?: NodeJS.Timeout;
  private heardAt = 0;
  /** When WhatsApp was asked, unless something arrived since. */
  private askedAt?: number;

  constructor(
    private readonly limits: WatchdogLimits,
    private readonly orders: WatchdogOrders,
  ) {}

  /** From here on the connection has `comeUpMs`. */
  comesUp(): void {
    this.fireIn(this.limits.comeUpMs, () => this.orders.end('the connection did not come up in time'));
  }

  /** From here on it is watched for silence. */
  isUp(): void {
    this.heard();
    this.lookIn(this.limits.silenceMs);
  }

  heard(): void {
    this.heardAt = performance.now();
    this.askedAt = undefined;
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  private look(): void {
    const now = performance.now();
    const { silenceMs, answerMs } = this.limits;
    const quietFor = now - this.heardAt;
    if (quietFor < silenceMs) return this.lookIn(silenceMs - quietFor);
    // Late by as much again, this process did not run: what came meanwhile waits to be read.
    const hadItsTime = this.askedAt !== undefined && now - this.askedAt < 2 * answerMs;
    if (hadItsTime) return this.orders.end('WhatsApp fell silent');
    this.askedAt = now;
    this.lookIn(answerMs);
    this.orders.ask();
  }

  private lookIn(ms: number): void {
    this.fireIn(ms, () => this.look());
  }

  private fireIn(ms: number, work: () => void): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(work, ms);
  }
}
