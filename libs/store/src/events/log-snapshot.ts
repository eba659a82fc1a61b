import type { LogPosition } from './event.record.js';

/** What had been committed at one moment: transactions below `before`, but for those that were `running`. */
export class LogSnapshot {
  private constructor(
    /** Where to read from for all that came later; what is read there may have been committed before as well. */
    readonly position: LogPosition,
    private readonly before: number,
    private readonly running: ReadonlySet<number>,
  ) {}

  /** Of PostgreSQL's own text: `xmin:xmax:running,running…`. */
  static parse(text: string): LogSnapshot {
    const [oldest, before, running = ''] = text.split(':');
    const numbers = running === '' ? [] : running.split(',').map(Number);
    return new LogSnapshot({ transaction: Number(oldest), position: 0 }, Number(before), new Set(numbers));
  }

  /** Whether the event at this place was committed by then. */
  has({ transaction }: LogPosition): boolean {
    return transaction < this.before && !this.running.has(transaction);
  }
}
