import { setTimeout as sleep } from 'node:timers/promises';
import { laneKey, type DeliveryLanes, type LaneClaim, type Lane } from '#store';
import { LaneWorker, type LaneParts } from './lane-worker.js';

/** Of its life a claim is relied on: the database's clock is not ours. */
const RELIED_ON = 0.9;
/** Nobody else works on a lane before it is given back, or its claim has run out. */
const RELEASE_AGAIN_MS = 250;

export interface HeldLanesOptions {
  ttlMs: number;
  /** A lane is free again, with nothing in it that could be done when it was last looked at. */
  onReleased: () => void;
  onTrouble: (error: unknown) => void;
}

/** The lanes that this process works on. */
export class HeldLanes {
  private readonly workers = new Map<string, LaneWorker>();
  private readonly runs = new Set<Promise<void>>();
  private timer: NodeJS.Timeout | undefined;
  private isClosing = false;

  constructor(
    private readonly lanes: Pick<DeliveryLanes, 'renew' | 'release'>,
    private readonly parts: LaneParts,
    private readonly options: HeldLanesOptions,
  ) {}

  get size(): number {
    return this.workers.size;
  }

  has(lane: Lane): boolean {
    return this.workers.has(laneKey(lane));
  }

  /** Starts to work. `askedAt`: when the claims were asked for, by `performance.now()`. */
  take(claims: readonly LaneClaim[], askedAt: number): void {
    for (const claim of claims) {
      const worker = new LaneWorker(claim, askedAt + this.options.ttlMs * RELIED_ON, this.parts);
      // A former claim of ours ran out.
      this.workers.get(laneKey(claim))?.stop();
      this.workers.set(laneKey(claim), worker);
      const run = this.work(worker).finally(() => this.runs.delete(run));
      this.runs.add(run);
    }
    if (claims.length > 0) this.timer ??= setInterval(() => void this.renew(), this.options.ttlMs / 3);
  }

  /** Something may have come into the lane; absent: into any. */
  poke(lane?: string): void {
    if (lane !== undefined) this.workers.get(lane)?.poke();
    else for (const worker of this.workers.values()) worker.poke();
  }

  /** The webhook changed; absent: any. */
  refresh(webhookId?: string): void {
    for (const worker of this.workers.values()) {
      if (webhookId === undefined || worker.claim.webhookId === webhookId) worker.refresh();
    }
  }

  /**
   * Attempts that are under way are the last ones. Resolves once they are over, what came of them is written and
   * the lanes are given back.
   */
  async close(): Promise<void> {
    this.isClosing = true;
    const workers = [...this.workers.values()];
    for (const worker of workers) worker.stop();
    await Promise.all(this.runs);
    clearInterval(this.timer);
    if (workers.length > 0) await this.release(workers);
  }

  private async work(worker: LaneWorker): Promise<void> {
    await worker.run();
    const key = laneKey(worker.claim);
    if (this.isClosing || this.workers.get(key) !== worker) return;
    this.workers.delete(key);
    await this.release([worker]);
    // Something may have come in between the last look and now.
    this.options.onReleased();
  }

  /** However long the database is away, unless the claims have run out by then, or the process ends. */
  private async release(workers: readonly LaneWorker[]): Promise<void> {
    const end = performance.now() + this.options.ttlMs;
    for (;;) {
      try {
        return await this.lanes.release(workers.map(({ claim }) => claim));
      } catch (error) {
        this.options.onTrouble(error);
        if (this.isClosing || performance.now() > end) return;
        await sleep(RELEASE_AGAIN_MS);
      }
    }
  }

  private async renew(): Promise<void> {
    const workers = [...this.workers.values()];
    if (workers.length === 0) return;
    const deadline = performance.now() + this.options.ttlMs * RELIED_ON;
    try {
      const kept = await this.lanes.renew(
        workers.map(({ claim }) => claim),
        this.options.ttlMs,
      );
      const ids = new Set(kept.map((claim) => `${laneKey(claim)} ${claim.claimId}`));
      for (const worker of workers) {
        if (ids.has(`${laneKey(worker.claim)} ${worker.claim.claimId}`)) worker.prolong(deadline);
        else worker.stop();
      }
    } catch (error) {
      this.options.onTrouble(error);
    }
  }
}
