import { Injectable, Logger } from '@nestjs/common';
import { GatewayUnavailableError } from '#errors';
import { SessionRepository, type SessionStatePatch } from '#store';

const RETRY_MS = 1_000;
/** How long somebody who asked for a change waits for a database that is away. */
const PATIENCE_MS = 5_000;
const RETRY_SECONDS = 5;

interface Entry {
  patch: SessionStatePatch;
  /** Of the lease under which all of `patch` was observed; `undefined` when some of it counts whoever has the lease. */
  fence?: number;
  done: Promise<void>;
}

/**
 * Writes what a running session observes of itself. Writes of one session keep their order, and a database that is
 * away delays them instead of losing them: what the API shows comes right once it is back.
 */
@Injectable()
export class SessionStates {
  private readonly logger = new Logger(SessionStates.name);
  private readonly pending = new Map<string, Entry>();
  private closed = false;

  constructor(private readonly sessions: SessionRepository) {}

  /**
   * Resolves once the patch (merged with what was still waiting) is stored, or the process is shutting down. With a
   * `fence` it is dropped when somebody was given a newer lease: what the session is then is for them to say.
   */
  save(sessionId: string, patch: SessionStatePatch, fence?: number): Promise<void> {
    const waiting = this.pending.get(sessionId);
    if (waiting) {
      merge(waiting, patch, fence);
      return waiting.done;
    }
    const entry: Entry = { patch: { ...patch }, fence, done: Promise.resolve() };
    entry.done = this.drain(sessionId, entry);
    this.pending.set(sessionId, entry);
    return entry.done;
  }

  /**
   * As `save`, for those who have to answer somebody. Throws `GatewayUnavailableError` when the database stays away:
   * then it is stored once that is back. An empty patch waits for what was saved before.
   */
  async store(sessionId: string, patch: SessionStatePatch): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const error = new GatewayUnavailableError('the database does not answer', RETRY_SECONDS);
      timer = setTimeout(() => reject(error), PATIENCE_MS);
    });
    try {
      await Promise.race([this.save(sessionId, patch), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    await Promise.all([...this.pending.values()].map((entry) => entry.done));
  }

  private async drain(sessionId: string, entry: Entry): Promise<void> {
    // Let what is decided in the same tick become one statement.
    await Promise.resolve();
    let failures = 0;
    while (Object.keys(entry.patch).length > 0) {
      const { patch, fence } = entry;
      entry.patch = {};
      try {
        await this.sessions.updateState(sessionId, patch, fence);
      } catch (error) {
        const later = { ...entry };
        Object.assign(entry, { patch, fence });
        merge(entry, later.patch, later.fence);
        if (failures++ === 0) {
          this.logger.error({ msg: 'the state of a session could not be stored yet', sessionId, err: error });
        }
        if (this.closed) break;
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
    this.pending.delete(sessionId);
  }
}

function merge(entry: Entry, later: SessionStatePatch, fence: number | undefined): void {
  if (Object.keys(later).length === 0) return;
  const isAlone = Object.keys(entry.patch).length === 0;
  // Of two leases of this process only the newer one can still count.
  if (isAlone) entry.fence = fence;
  else entry.fence = entry.fence === undefined || fence === undefined ? undefined : Math.max(entry.fence, fence);
  Object.assign(entry.patch, later);
}
