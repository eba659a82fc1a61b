import { setTimeout as delay } from 'node:timers/promises';
import type { LimitFunction } from 'p-limit';
import { GatewayUnavailableError, RateLimitedError } from '#errors';
import { arrivalIn, type GroupWriter, type News } from '#store';
import { SessionNotConnectedError, WhatsAppRefusedError, type GroupNotification } from '#whatsapp';
import type { LiveSession } from '../sessions/index.js';
import { readGroup } from './read-group.js';
import { Waiters } from './waiters.js';

export interface FeedParts {
  writer: GroupWriter;
  /** How many sessions may synchronise at once in this process. */
  synchronising: LimitFunction;
  retryDelay(attempt: number, rateLimited: boolean): number;
  log(level: 'info' | 'warn' | 'error', message: string, facts: object): void;
}

/**
 * Carries what WhatsApp tells about the groups of one session into the store, one thing after the other, so that what
 * was said later is what is stored in the end. A notification is not lost: the feed tries again while the database is
 * away, and reads all groups again where the notification cannot be applied. What is not stored when the connection
 * ends is let go of, since WhatsApp tells it again: a session whose database stays away loses its lease, and with it the
 * connection, so that no more piles up than comes in that time.
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
  /** Fires when the connection ends on which WhatsApp tells what is told now. */
  private ending = new AbortController();
  /** For a reading that begins from now on. */
  private readonly untilRead = new Waiters();

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
    const ended = new SessionNotConnectedError('starting');
    this.ending.abort(ended);
    this.ending = new AbortController();
    this.untilRead.reject(ended);
  }

  synchronise(): void {
    if (this.isReadingDue) return;
    this.isReadingDue = true;
    const read = (): Promise<void> => this.parts.synchronising(() => this.readAll());
    this.enqueue(() => read().finally(() => (this.isReading = false))).catch((error: unknown) => this.failed(error));
  }

  /** Somebody wants everything fresh: a reading that is under way is as good as another one. */
  refresh(): void {
    if (!this.isReading) this.synchronise();
  }

  /**
   * Resolves when what it tells is stored, by itself or by a reading of all groups. Rejects when the connection ends
   * before that.
   */
  async notified(live: LiveSession, notification: GroupNotification): Promise<void> {
    const ending = this.ending.signal;
    const { reading } = await this.enqueue(() => this.storeOrRead(live, notification, ending));
    await reading;
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
    this.untilRead.resolve();
  }

  /** `reading`: what was told is stored only when this resolves. */
  private async storeOrRead(
    live: LiveSession,
    notification: GroupNotification,
    ending: AbortSignal,
  ): Promise<{ reading?: Promise<void> }> {
    try {
      await this.store(live, notification, ending);
      return {};
    } catch (error) {
      ending.throwIfAborted();
      this.failed(error);
      return { reading: this.untilRead.wait() };
    }
  }

  private async store(live: LiveSession, notification: GroupNotification, ending: AbortSignal): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      ending.throwIfAborted();
      try {
        return await this.apply(live, notification);
      } catch (error) {
        if (!(error instanceof GatewayUnavailableError)) throw error;
        const wait = this.parts.retryDelay(attempt, false);
        this.parts.log('warn', 'what WhatsApp told of a group is not stored yet', { err: error, inMs: wait });
        await delay(wait, undefined, { signal: ending, ref: false });
      }
    }
  }

  private async apply(live: LiveSession, notification: GroupNotification): Promise<void> {
    const outcome = await this.parts.writer.apply(live.id, notification, live.self);
    if (outcome === 'reread') await this.reread(live, notification.groupJid, arrivalIn(notification, live.self));
  }

  private async reread(live: LiveSession, groupJid: string, news?: News): Promise<void> {
    try {
      await readGroup(live, groupJid, this.parts.writer, news);
    } catch (error) {
      if (!isNotMine(error)) throw error;
      await this.parts.writer.markLeft(live.id, groupJid);
    }
  }

  private enqueue<T>(work: () => Promise<T>): Promise<T> {
    this.waiting++;
    const done = this.tail.then(work).finally(() => this.waiting--);
    this.tail = done.then(
      () => undefined,
      () => undefined,
    );
    return done;
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
