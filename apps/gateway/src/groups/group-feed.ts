import { setTimeout as delay } from 'node:timers/promises';
import type { LimitFunction } from 'p-limit';
import { RateLimitedError } from '#errors';
import type { GroupWriter } from '#store';
import { SessionNotConnectedError, WhatsAppRefusedError, type GroupNotification } from '#whatsapp';
import type { LiveSession } from '../sessions/index.js';
import { readGroup } from './read-group.js';

export interface FeedParts {
  writer: GroupWriter;
  /** How many sessions may synchronise at once in this process. */
  synchronising: LimitFunction;
  retryDelay(attempt: number, rateLimited: boolean): number;
  log(level: 'info' | 'warn' | 'error', message: string, facts: object): void;
}

/**
 * Carries what WhatsApp tells about the groups of one session into the store, one thing after the other, so that what
 * was said later is what is stored in the end. A notification that cannot be stored is not lost: the feed reads all
 * groups again.
 */
export class GroupFeed {
  private tail: Promise<void> = Promise.resolve();
  private waiting = 0;
  private live?: LiveSession;
  /** A reading of all groups that is yet to begin: it brings everything that a second one would. */
  private isReadingDue = false;
  private isReading = false;
  private retry?: AbortController;
  private attempt = 0;

  constructor(private readonly parts: FeedParts) {}

  /** Nothing is under way, and there is no connection to wait for. */
  get isIdle(): boolean {
    return this.waiting === 0 && this.live === undefined;
  }

  opened(live: LiveSession): void {
    this.live = live;
    this.attempt = 0;
    this.synchronise();
  }

  closed(): void {
    this.live = undefined;
    this.retry?.abort();
    this.retry = undefined;
  }

  synchronise(): void {
    if (this.isReadingDue) return;
    this.isReadingDue = true;
    this.enqueue(() => this.parts.synchronising(() => this.readAll()).finally(() => (this.isReading = false)));
  }

  /** Somebody wants everything fresh: a reading that is under way is as good as another one. */
  refresh(): void {
    if (!this.isReading) this.synchronise();
  }

  notified(live: LiveSession, notification: GroupNotification): void {
    this.enqueue(() => this.apply(live, notification));
  }

  /** Resolves when everything that was told so far is stored. */
  settled(): Promise<void> {
    return this.tail;
  }

  private async readAll(): Promise<void> {
    this.isReadingDue = false;
    const live = this.live;
    if (!live) return;
    this.isReading = true;
    const askedAt = Date.now();
    const groups = await live.client.fetchGroups();
    const { stale, ...report } = await this.parts.writer.synchronise(live.id, groups, live.self, { askedAt });
    this.attempt = 0;
    this.parts.log('info', 'groups synchronised', { ...report, ms: Date.now() - askedAt });
    // What this account did while the list was on its way is newer than the list.
    for (const groupJid of stale) await this.reread(live, groupJid);
  }

  private async apply(live: LiveSession, notification: GroupNotification): Promise<void> {
    const outcome = await this.parts.writer.apply(live.id, notification, live.self);
    if (outcome === 'reread') await this.reread(live, notification.groupJid);
  }

  private async reread(live: LiveSession, groupJid: string): Promise<void> {
    try {
      await readGroup(live, groupJid, this.parts.writer);
    } catch (error) {
      if (!isNotMine(error)) throw error;
      await this.parts.writer.markLeft(live.id, groupJid);
    }
  }

  private enqueue(work: () => Promise<void>): void {
    this.waiting++;
    this.tail = this.tail
      .then(work)
      .catch((error: unknown) => this.failed(error))
      .finally(() => this.waiting--);
  }

  private failed(error: unknown): void {
    // The connection is gone, or not up yet: all groups are read when it opens.
    if (error instanceof SessionNotConnectedError || !this.live) return;
    // Put off once more by each thing that fails, the reading that mends them all would never come.
    if (this.retry) return;
    const wait = Math.max(
      this.parts.retryDelay(this.attempt++, isRateLimited(error)),
      (waitAskedFor(error) ?? 0) * 1_000,
    );
    this.parts.log('warn', 'stored groups may be behind; reading them again', { err: error, inMs: wait });
    const retry = (this.retry = new AbortController());
    delay(wait, undefined, { signal: retry.signal, ref: false }).then(
      () => {
        this.retry = undefined;
        this.synchronise();
      },
      (reason: unknown) => {
        if (!retry.signal.aborted) this.parts.log('error', 'the retry was lost', { err: reason });
      },
    );
  }
}

/** By WhatsApp, now or a moment ago: while its back-off runs nothing is sent. */
function isRateLimited(error: unknown): boolean {
  return error instanceof RateLimitedError || (error instanceof WhatsAppRefusedError && error.whatsappCode === 429);
}

/** Seconds. */
function waitAskedFor(error: unknown): number | undefined {
  if (error instanceof RateLimitedError) return error.retryAfterSeconds;
  return error instanceof WhatsAppRefusedError ? error.backoffSeconds : undefined;
}

/** WhatsApp says that the account is not in the group, or that there is none. */
function isNotMine(error: unknown): boolean {
  return error instanceof WhatsAppRefusedError && [401, 403, 404, 410].includes(error.whatsappCode);
}
