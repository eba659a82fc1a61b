export interface FaultOptions {
  /** How often it strikes; 1 unless said, `Infinity` until it is cleared. */
  times?: number;
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
  ) {}

  get spent(): boolean {
    return this.used >= this.times;
  }

  cancel(): void {
    this.times = this.used;
  }
}

/** Faults of one kind, in the order in which they were asked for. */
export class Plan<T> {
  private planned: Planned<T>[] = [];

  add(value: T, { times = 1 }: FaultOptions = {}): Fault {
    if (!(times >= 1)) throw new RangeError('times: has to be 1 or more');
    const fault = new Planned(value, times);
    this.planned.push(fault);
    return fault;
  }

  /** The first that fits, which is thereby used once. */
  take(fits: (value: T) => boolean): T | undefined {
    this.planned = this.planned.filter((fault) => !fault.spent);
    const fault = this.planned.find(({ value }) => fits(value));
    if (fault === undefined) return undefined;
    fault.used += 1;
    return fault.value;
  }

  clear(): void {
    for (const fault of this.planned) fault.cancel();
    this.planned = [];
  }
}
