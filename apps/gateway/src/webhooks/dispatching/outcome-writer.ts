import { setTimeout as sleep } from 'node:timers/promises';
import { GatewayUnavailableError } from '#errors';
import type { DeliveryOutcome, DeliveryOutcomes } from '#store';

const GATHER_MS = 8;
const MOST_AT_ONCE = 500;
const RETRY = { firstMs: 100, longestMs: 2_000 };

interface Entry {
  outcome: DeliveryOutcome;
  resolve: () => void;
  reject: (error: unknown) => void;
}

/** Writes what became of deliveries, those of all lanes together. One statement after the other. */
export class OutcomeWriter {
  private waiting: Entry[] = [];
  private writing: Promise<void> | undefined;
  private readonly given = new AbortController();

  constructor(
    private readonly outcomes: Pick<DeliveryOutcomes, 'write'>,
    private readonly onAway: (error: unknown) => void,
  ) {}

  /**
   * Resolves once it is written, however long the database is away; rejects when it cannot be, or was given up.
   */
  write(outcome: DeliveryOutcome): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ outcome, resolve, reject });
      this.writing ??= this.writeAll();
    });
  }

  /** What is not written by now waits for a database that is away no longer. */
  giveUp(): void {
    this.given.abort();
  }

  private async writeAll(): Promise<void> {
    while (this.waiting.length > 0) {
      await sleep(GATHER_MS);
      await this.writeTogether(this.waiting.splice(0, MOST_AT_ONCE));
    }
    this.writing = undefined;
  }

  private async writeTogether(entries: Entry[]): Promise<void> {
    try {
      await this.persistently(entries.map(({ outcome }) => outcome));
      for (const { resolve } of entries) resolve();
    } catch (error) {
      // One that cannot be written must not keep the others from it.
      const isOneAtFault = entries.length > 1 && !(error instanceof GatewayUnavailableError);
      if (isOneAtFault) for (const entry of entries) await this.writeTogether([entry]);
      else for (const { reject } of entries) reject(error);
    }
  }

  private async persistently(outcomes: DeliveryOutcome[]): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      try {
        await this.outcomes.write(outcomes);
        return;
      } catch (error) {
        if (!(error instanceof GatewayUnavailableError) || this.given.signal.aborted) throw error;
        this.onAway(error);
        const wait = Math.min(RETRY.longestMs, RETRY.firstMs * 2 ** Math.min(attempt, 30));
        await sleep(wait, undefined, { signal: this.given.signal }).catch(() => undefined);
      }
    }
  }
}
