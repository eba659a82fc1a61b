/** A number of places, given to those who ask in the order in which they ask. */
export class Places {
  private readonly taken = new Set<object>();
  private readonly waiting = new Map<object, () => void>();

  constructor(private readonly most: number) {}

  /** Whether the next who asks has to wait. */
  get areTaken(): boolean {
    return this.taken.size >= this.most;
  }

  /**
   * Calls `enter` once there is a place, which may be before this returns. What it returns gives the place back, or the
   * wait for it up; to call it again does nothing.
   */
  take(enter: () => void): () => void {
    const ticket = {};
    if (this.areTaken) this.waiting.set(ticket, enter);
    else this.taken.add(ticket);
    if (this.taken.has(ticket)) enter();
    return () => this.giveBack(ticket);
  }

  /** For somebody who is there already: a place at once, beyond the number if need be. */
  occupy(): () => void {
    const ticket = {};
    this.taken.add(ticket);
    return () => this.giveBack(ticket);
  }

  private giveBack(ticket: object): void {
    this.waiting.delete(ticket);
    if (!this.taken.delete(ticket) || this.areTaken) return;
    const [next] = this.waiting;
    if (!next) return;
    const [nextTicket, enter] = next;
    this.waiting.delete(nextTicket);
    this.taken.add(nextTicket);
    enter();
  }
}
