import { RateLimitedError } from '#errors';
import { MOST_WAITING, QUEUE_RETRY_SECONDS } from './batch-pace.js';

interface Line {
  tail: Promise<unknown>;
  /** The one that runs included. */
  length: number;
}

/** Lets one batch of a session run at a time, in the order in which they came. */
export class BatchQueue {
  private readonly lines = new Map<string, Line>();

  /** `work` is told whether another batch ran right before. Throws `RateLimitedError` when too many wait already. */
  async run<T>(sessionId: string, work: (follows: boolean) => Promise<T>): Promise<T> {
    const line = this.lines.get(sessionId) ?? { tail: Promise.resolve(), length: 0 };
    if (line.length > MOST_WAITING) throw tooManyWaiting();
    const follows = line.length > 0;
    line.length += 1;
    this.lines.set(sessionId, line);
    const run = (): Promise<T> => work(follows);
    const result = line.tail.then(run, run);
    line.tail = result;
    try {
      return await result;
    } finally {
      line.length -= 1;
      if (line.length === 0) this.lines.delete(sessionId);
    }
  }
}

function tooManyWaiting(): RateLimitedError {
  const message = 'too many batches of this session are waiting already';
  return new RateLimitedError(message, QUEUE_RETRY_SECONDS, { reason: 'session_rate_limited' });
}
