import type { HeldLease, SessionLease } from '#whatsapp';

/** `taken`: somebody was given a newer one; `ran_out`: it could not be renewed in time; `given_back`: by ourselves. */
export type LeaseLoss = 'taken' | 'ran_out' | 'given_back';

/** A lease that is renewed for as long as that can be done. Once lost it stays lost. */
export class KeptLease implements HeldLease {
  readonly sessionId: string;
  readonly fence: number;
  private readonly ending = new AbortController();

  /** `deadline`: until when it can be relied on, by `performance.now()`. */
  constructor(
    { sessionId, fence }: SessionLease,
    private deadline: number,
  ) {
    this.sessionId = sessionId;
    this.fence = fence;
  }

  /** Asks the clock, which goes on while a process is stopped; its timers and signals come late then. */
  get isHeld(): boolean {
    return !this.ending.signal.aborted && performance.now() < this.deadline;
  }

  /** Fires once it is lost, with the `LeaseLoss` as the reason. */
  get lost(): AbortSignal {
    return this.ending.signal;
  }

  get heldUntil(): number {
    return this.deadline;
  }

  prolong(deadline: number): void {
    this.deadline = Math.max(this.deadline, deadline);
  }

  lose(how: LeaseLoss): void {
    this.deadline = 0;
    this.ending.abort(how);
  }
}
