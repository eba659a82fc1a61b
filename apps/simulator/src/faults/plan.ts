export interface FaultOptions {
  /** How often it strikes; 1 unless said, `Infinity` until it is cleared. */
  times?: number;
  /** How many that it fits are let pass first; none unless said. */
  after?: number;
}

/** A fault that was asked for. */
export interface Fault {
  /** How often it struck. */
  readonly used: number;
  cancel(): void;
}

class Planned<T> implements Fault {
  used = 0;

  constructor(
    readonly value: T,
    private times: number,
    private after: number,
  ) {}

  get spent(): boolean {
    return this.used >= this.times;
  }

  cancel(): void {
    this.times = this.used;
  }

  /** Whether one that it fits is let pass. */
  letsPass(): boolean {
    if (this.after === 0) return false;
    this.after -= 1;
    return true;
  }
}

/** Faults of one kind, in the order in which they were asked for. */
export class Plan<T> {
  private planned: Planned<T>[] = [];

  add(value: T, { times = 1, after = 0 }: FaultOptions = {}): Fault {
    if (!(times >= 1)) throw new RangeError('times: has to be 1 or more');
    if (!(Number.isInteger(after) && after >= 0)) throw new RangeError('after: has to be 0 or more');
    const fault = new Planned(value, times, after);
    this.planned.push(fault);
    return fault;
  }

  /** The first that fits, which is thereby used once. */
  take(fits: (value: T) => boolean): T | undefined {
    this.planned = this.planned.filter((fault) => !fault.spent);
    const fault = this.planned.find((planned) => fits(planned.value) && !planned.letsPass());
    if (fault === undefined) return undefined;
    fault.used += 1;
    return fault.value;
  }

  clear(): void {
    for (const fault of this.planned) fault.cancel();
    this.planned = [];
  }
}
