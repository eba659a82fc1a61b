import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import pLimit from 'p-limit';
import { GroupWriter } from '#store';
import type { GroupNotification } from '#whatsapp';
import { SessionObservers, backoffDelay, type LiveSession, type SessionObserver } from '../sessions/index.js';
import { GroupFeed } from './group-feed.js';

const SYNCHRONISING_AT_ONCE = 4;
const RETRY = { firstMs: 1_000, capMs: 60_000 };
const RETRY_AFTER_RATE_LIMIT_MS = 60_000;

/** Keeps the stored groups of every session of this process current. */
@Injectable()
export class GroupSync implements SessionObserver, OnModuleInit {
  private readonly logger = new Logger('Groups');
  private readonly feeds = new Map<string, GroupFeed>();
  private readonly synchronising = pLimit(SYNCHRONISING_AT_ONCE);

  constructor(
    private readonly writer: GroupWriter,
    private readonly observers: SessionObservers,
  ) {}

  onModuleInit(): void {
    this.observers.add(this);
  }

  opened(session: LiveSession): void {
    this.feed(session.id).opened(session);
  }

  notified(session: LiveSession, notification: GroupNotification): Promise<void> {
    return this.feed(session.id).notified(session, notification);
  }

  groupsDirty(session: LiveSession): void {
    this.feed(session.id).synchronise();
  }

  closed(sessionId: string): void {
    const feed = this.feeds.get(sessionId);
    if (!feed) return;
    feed.closed();
    void feed.settled().then(() => {
      if (feed.isIdle && this.feeds.get(sessionId) === feed) this.feeds.delete(sessionId);
    });
  }

  /** What is stored may be behind what is: all groups are read again. `error`: what went wrong, for the log. */
  readAgain(sessionId: string, error?: unknown): void {
    if (error) this.logger.warn({ msg: 'a group could not be read', sessionId, err: error });
    this.feeds.get(sessionId)?.synchronise();
  }

  /** Reads all groups of a connected session again, in the background. */
  refresh(sessionId: string): void {
    this.feeds.get(sessionId)?.refresh();
  }

  private feed(sessionId: string): GroupFeed {
    const known = this.feeds.get(sessionId);
    if (known) return known;
    const feed = new GroupFeed({
      writer: this.writer,
      synchronising: this.synchronising,
      retryDelay: (attempt, rateLimited) =>
        (rateLimited ? RETRY_AFTER_RATE_LIMIT_MS : 0) + backoffDelay(attempt, RETRY),
      log: (level, message, facts) =>
        this.logger[level === 'info' ? 'log' : level]({ msg: message, sessionId, ...facts }),
    });
    this.feeds.set(sessionId, feed);
    return feed;
  }
}
