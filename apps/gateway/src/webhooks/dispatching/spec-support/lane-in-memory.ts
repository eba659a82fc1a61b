import { expect, jest } from '@jest/globals';
import type { DeliveryOutcome, DueDelivery, LaneWork } from '#store';
import type { Attempt } from '../../sending/index.js';
import { LaneWorker } from '../lane-worker.js';
import type { WebhookDestination } from '../webhook-destinations.js';

export const DESTINATION: WebhookDestination = {
  target: { url: 'http://one.example/', secret: 's', headers: {} },
  retryPolicy: { policy: 'constant', delaySeconds: 1, attempts: 3 },
  asOf: 7,
};
export const LINGER_MS = 2_000;
export const OK: Attempt = { ok: true, status: 204, latencyMs: 1 };
export const FAILED: Attempt = { ok: false, status: 500, error: 'http_status', latencyMs: 1 };

/** An attempt that takes its time. */
export const take = (ms: number, attempt: Attempt) => (): Promise<Attempt> =>
  new Promise<Attempt>((resolve) => setTimeout(() => resolve(attempt), ms));

export function delivery(id: string, attempts = 0): DueDelivery {
  const event = {
    id: `evt_${id}`,
    organizationId: 'o',
    sessionId: 's',
    event: 'auth.qr' as const,
    payload: { expiresAt: 1 },
    createdAt: 1,
    position: { transaction: 1, position: 1 },
  };
  return { id, attempts, event };
}

/**
 * A lane and who works on it, by a clock that the test moves: what is settled is not read again, what failed comes again
 * after its delay.
 */
export class LaneInMemory {
  first: DueDelivery[] = [];
  again: { delivery: DueDelivery; dueAt: number }[] = [];
  /** What is in front of everything and not wanted any more. */
  unwanted = 0;
  /** Of the webhook when the lane is read. */
  asOf = DESTINATION.asOf;
  readonly reads: number[] = [];
  readonly sent: string[] = [];
  readonly outcomes: DeliveryOutcome[] = [];
  readonly troubles: unknown[] = [];
  hasEnded = false;
  private running?: { worker: LaneWorker; ended: Promise<void> };

  answer: (id: string) => Promise<Attempt> | Attempt = () => OK;
  write = (): Promise<void> => Promise.resolve();
  destination: (asOf: number) => Promise<WebhookDestination | undefined> = () => Promise.resolve(DESTINATION);

  get worker(): LaneWorker {
    if (!this.running) throw new Error('nobody works on the lane yet');
    return this.running.worker;
  }

  waiting(...ids: string[]): void {
    this.first.push(...ids.map((id) => delivery(id)));
  }

  start(ttlMs = 600_000): void {
    const parts = {
      work: { read: (_: unknown, limit: number) => Promise.resolve(this.read(limit)) },
      destinations: { of: (_: string, asOf: number) => this.destination(asOf) },
      sender: {
        send: async (_: unknown, { id }: { id: string }) => {
          this.sent.push(id.slice('evt_'.length));
          return this.answer(id.slice('evt_'.length));
        },
      },
      outcomes: { write: (outcome: DeliveryOutcome) => this.settle(outcome) },
      signal: new AbortController().signal,
      readSize: () => 3,
      lingerMs: LINGER_MS,
      onTrouble: (error: unknown) => this.troubles.push(error),
    };
    const worker = new LaneWorker({ webhookId: 'w', lane: 0, claimId: 'c' }, performance.now() + ttlMs, parts);
    const ended = worker.run().then(() => void (this.hasEnded = true));
    this.running = { worker, ended };
  }

  async pass(ms: number): Promise<void> {
    await jest.advanceTimersByTimeAsync(ms);
  }

  /** Leaves nothing behind that a timer would do. */
  async stop(): Promise<void> {
    this.worker.stop();
    await this.pass(10_000);
    await this.running?.ended;
    expect(jest.getTimerCount()).toBe(0);
  }

  private read(limit: number): LaneWork {
    this.reads.push(limit);
    const now = performance.now();
    const due = this.again.filter(({ dueAt }) => dueAt <= now);
    const next = this.again.filter(({ dueAt }) => dueAt > now).map(({ dueAt }) => dueAt - now);
    const discarded = Math.min(limit, this.unwanted);
    this.unwanted -= discarded;
    return {
      asOf: this.asOf,
      discarded,
      first: this.first.slice(0, limit - discarded),
      again: due.slice(0, limit).map((entry) => entry.delivery),
      ...(next.length > 0 && { nextDueMs: Math.min(...next) }),
    };
  }

  private async settle(outcome: DeliveryOutcome): Promise<void> {
    await this.write();
    this.outcomes.push(outcome);
    const { deliveryId: id, attempts, result } = outcome;
    this.first = this.first.filter((entry) => entry.id !== id);
    this.again = this.again.filter((entry) => entry.delivery.id !== id);
    if (result.status !== 'again') return;
    this.again.push({ delivery: delivery(id, attempts + 1), dueAt: performance.now() + result.delayMs });
  }
}
