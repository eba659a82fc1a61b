const FIRST_MS = 60_000;
const OTHERS_MS = 20_000;

/**
 * How long the codes of one connection live, which Baileys decides and does not tell: the first for a minute, those
 * that follow for twenty seconds, or all alike for as long as it was told to.
 */
export class QrLifetimes {
  private shown = 0;

  constructor(private readonly eachMs: number | undefined) {}

  /** Epoch milliseconds at which the code that is shown now expires. */
  next(now: number = Date.now()): number {
    this.shown += 1;
    return now + (this.eachMs ?? (this.shown === 1 ? FIRST_MS : OTHERS_MS));
  }

  /**
   * When the last of `references` codes expires, counted from the first, and with it the connection. A pairing code
   * dies with the connection that asked for it: 160 s after it opened for WhatsApp's usual six references.
   */
  lastExpiry(references: number, now: number = Date.now()): number {
    const others = Math.max(references - 1, 0);
    return now + (this.eachMs ?? FIRST_MS) + others * (this.eachMs ?? OTHERS_MS);
  }
}
