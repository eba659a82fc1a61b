import { Injectable, Logger } from '@nestjs/common';
import type { LeaseHolder, SessionLeases } from '#store';
import type { SessionLease } from '#whatsapp';
import { KeptLease, type LeaseLoss } from './kept-lease.js';

export interface LeaseKeeperOptions {
  holder: LeaseHolder;
  /** How long a lease lasts unless it is renewed. */
  ttlMs: number;
}

/** Renewed so often that two renewals may fail. */
const RENEWALS = 3;
/** How many times sooner the next renewal comes after one that failed. */
const HASTE = 5;
/**
 * The share of its life for which a lease is relied on. In the rest of it connections close: whoever takes the session
 * over must not meet ours on WhatsApp, which knows nothing of leases and would throw one of the two out.
 */
const RELIED_ON = 0.9;

interface Claim {
  sessionIds: Set<string>;
  leases: Promise<Map<string, KeptLease>>;
}

/**
 * The leases of this process: claims them, renews all of them in one statement, and says which are lost. It goes by a
 * clock that nobody sets, from before it asked: by the database's clock a lease lasts longer than it is relied on here.
 */
@Injectable()
export class LeaseKeeper {
  private readonly logger = new Logger(LeaseKeeper.name);
  private readonly kept = new Map<string, KeptLease>();
  private claiming?: Claim;
  private renewal?: NodeJS.Timeout;
  private expiry?: NodeJS.Timeout;
  private hasFailed = false;
  private isClosed = false;

  constructor(
    private readonly leases: SessionLeases,
    private readonly options: LeaseKeeperOptions,
  ) {}

  /**
   * A new lease of the session; `undefined` while another process holds it, and when there is no such session. What is
   * claimed in one turn of the event loop is one statement.
   */
  async claim(sessionId: string): Promise<KeptLease | undefined> {
    const claim = (this.claiming ??= this.collect());
    claim.sessionIds.add(sessionId);
    return (await claim.leases).get(sessionId);
  }

  /** Others may have the session at once. Never throws: what cannot be given back runs out. */
  async release(lease: SessionLease): Promise<void> {
    const kept = this.kept.get(lease.sessionId);
    if (kept?.fence !== lease.fence) return;
    this.kept.delete(lease.sessionId);
    await this.giveBack([kept]);
  }

  /** Gives all of them back, and claims and renews no more. */
  async close(): Promise<void> {
    this.isClosed = true;
    clearTimeout(this.renewal);
    clearTimeout(this.expiry);
    const all = [...this.kept.values()];
    this.kept.clear();
    if (all.length > 0) await this.giveBack(all);
  }

  private collect(): Claim {
    const sessionIds = new Set<string>();
    const leases = new Promise(setImmediate).then(() => {
      this.claiming = undefined;
      return this.claimAll([...sessionIds]);
    });
    return { sessionIds, leases };
  }

  private async claimAll(sessionIds: readonly string[]): Promise<Map<string, KeptLease>> {
    const { holder, ttlMs } = this.options;
    const deadline = performance.now() + ttlMs * RELIED_ON;
    const leases = (await this.leases.claim(sessionIds, holder, ttlMs)).map((lease) => new KeptLease(lease, deadline));
    if (this.isClosed) {
      await this.giveBack(leases);
      return new Map();
    }
    for (const lease of leases) {
      const former = this.kept.get(lease.sessionId);
      this.kept.set(lease.sessionId, lease);
      former?.lose('taken');
    }
    this.watch();
    if (!this.renewal) this.renewIn(ttlMs / RENEWALS);
    return new Map(leases.map((lease) => [lease.sessionId, lease]));
  }

  private renewIn(ms: number): void {
    if (this.isClosed) return;
    this.renewal = setTimeout(() => void this.renew(), ms);
  }

  private async renew(): Promise<void> {
    const { holder, ttlMs } = this.options;
    const leases = [...this.kept.values()];
    const interval = ttlMs / RENEWALS;
    if (leases.length === 0) return void (this.renewal = undefined);
    const deadline = performance.now() + ttlMs * RELIED_ON;
    try {
      const renewed = await this.leases.renew(leases, holder, ttlMs, interval);
      this.renewed(leases, renewed, deadline);
      this.renewIn(interval);
    } catch (error) {
      if (!this.hasFailed) this.logger.warn({ msg: 'leases could not be renewed; trying again', err: error });
      this.hasFailed = true;
      this.renewIn(interval / HASTE);
    }
  }

  private renewed(asked: readonly KeptLease[], renewed: readonly SessionLease[], deadline: number): void {
    if (this.hasFailed) this.logger.log({ msg: 'leases are renewed again', leases: renewed.length });
    this.hasFailed = false;
    const fences = new Map(renewed.map(({ sessionId, fence }) => [sessionId, fence]));
    for (const lease of asked) if (fences.get(lease.sessionId) === lease.fence) lease.prolong(deadline);
    this.watch();
    this.lose(
      asked.filter(({ sessionId, fence }) => fences.get(sessionId) !== fence),
      'taken',
    );
  }

  /** Looks again when the first of them may have run out. */
  private watch(): void {
    clearTimeout(this.expiry);
    let first = Infinity;
    for (const { heldUntil } of this.kept.values()) first = Math.min(first, heldUntil);
    if (first === Infinity) return;
    this.expiry = setTimeout(
      () => {
        this.lose(
          [...this.kept.values()].filter(({ isHeld }) => !isHeld),
          'ran_out',
        );
        this.watch();
      },
      Math.max(0, first - performance.now()) + 1,
    );
  }

  private lose(leases: readonly KeptLease[], how: LeaseLoss): void {
    const lost = leases.filter((lease) => this.kept.get(lease.sessionId) === lease);
    if (lost.length === 0) return;
    this.logger.warn({ msg: 'leases are lost', how, leases: lost.length });
    for (const lease of lost) {
      this.kept.delete(lease.sessionId);
      lease.lose(how);
    }
  }

  /** From here on others may be given them: nothing is to be sent under one of them any more. */
  private async giveBack(leases: readonly KeptLease[]): Promise<void> {
    for (const lease of leases) lease.lose('given_back');
    try {
      await this.leases.release(leases);
    } catch (error) {
      this.logger.warn({ msg: 'leases could not be given back; they run out', leases: leases.length, err: error });
    }
  }
}
