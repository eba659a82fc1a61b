import { setTimeout as sleep } from 'node:timers/promises';
import { ConflictError, GatewayUnavailableError } from '#errors';
import { isBehind, type EventFilter, type EventRecord, type LogPage, type LogPosition, type LogSnapshot } from '#store';
import type { CloseReason } from './close-reason.js';
import type { FeedReader, LiveFeed } from './live-feed.js';
import { OutgoingEvent } from './outgoing-event.js';
import { passes } from './stream-filter.js';
import type { StreamChannel } from './stream-channel.js';

/** A reader of new events that has left more than this unread is too slow. */
const MOST_BACKLOG = 1024 * 1024;
/** What is replayed waits in the log instead, once this much waits for the reader. */
const ENOUGH_BACKLOG = 64 * 1024;
/** What happens while one page is read; with more than that, another page is read first. */
const MOST_HELD = 5_000;
const RETRY_MS = 1_000;

/** Where a stream starts. */
export interface StreamStart {
  position: LogPosition;
  /** The event at `position` that the reader has already. */
  since?: string;
  /** What was in the log before, of which the reader wants nothing. */
  before?: LogSnapshot;
}

/** The log, for as many streams as there are. */
export interface ReplayLog {
  read(after: LogPosition, filter: EventFilter): Promise<LogPage>;
  /** Throws `ConflictError` where the event is not in the log any longer. */
  positionOf(organizationId: string, eventId: string): Promise<LogPosition>;
}

export interface StreamParts {
  filter: EventFilter;
  channel: StreamChannel;
  log: ReplayLog;
  feed: Pick<LiveFeed, 'hasBegun' | 'upTo'>;
  /** Called once. `client`: its connection is gone. */
  onEnd: (reason: CloseReason | 'client', error?: unknown) => void;
}

/**
 * What one reader gets: first the log from where it starts, page by page and no faster than it reads, then what is new.
 */
export class EventStream implements FeedReader {
  readonly organizationId: string;
  /** Events sent so far. */
  sent = 0;
  private position: LogPosition;
  private newest: string | undefined;
  /** Of the log, as it was first read. */
  private epoch: string | undefined;
  private isLive = false;
  /** What is new while a page is read: it may follow that page. Absent while it would be too much. */
  private held: OutgoingEvent[] | undefined;
  private hasEnded = false;

  constructor(
    private readonly start: StreamStart,
    private readonly parts: StreamParts,
  ) {
    this.organizationId = parts.filter.scope.organizationId;
    this.position = start.position;
    this.newest = start.since;
    parts.channel.onClose(() => this.finish('client'));
  }

  /** For a stream that gets what is new already. */
  async replay(): Promise<void> {
    await this.parts.feed.hasBegun();
    while (!this.hasEnded && !this.isLive) {
      try {
        await this.replayPage();
      } catch (error) {
        if (error instanceof ConflictError) return this.end('events_expired');
        if (!(error instanceof GatewayUnavailableError)) return this.end('internal', error);
        await sleep(RETRY_MS, undefined, { ref: false });
      }
    }
  }

  deliver(events: readonly OutgoingEvent[]): void {
    try {
      this.take(events);
    } catch (error) {
      // The other readers have nothing to do with it.
      this.end('internal', error);
    }
  }

  lost(): void {
    this.end('internal');
  }

  end(reason: CloseReason, error?: unknown): void {
    if (this.hasEnded) return;
    this.finish(reason, error);
    this.parts.channel.close(reason);
  }

  private take(events: readonly OutgoingEvent[]): void {
    if (this.hasEnded || (!this.isLive && !this.held)) return;
    const passing = events.filter(({ record }) => passes(this.parts.filter, record) && this.isWanted(record));
    if (this.isLive) this.sendNew(passing);
    else if (this.held && this.held.length + passing.length <= MOST_HELD) this.held.push(...passing);
    else this.held = undefined;
  }

  private async replayPage(): Promise<void> {
    const { log, feed, filter } = this.parts;
    const handedOut = feed.upTo;
    this.held = [];
    const page = await log.read(this.position, filter);
    this.epoch ??= page.epoch;
    // The database has crashed: what is remembered of positions holds no longer.
    if (page.epoch === undefined || page.epoch !== this.epoch) return this.lost();
    // The log goes from its old end: while the last one sent is there, so is all that follows it.
    if (this.newest !== undefined) await log.positionOf(this.organizationId, this.newest);
    if (this.hasEnded) return;
    let rest = this.sendSome(
      page.events.filter((event) => this.isWanted(event)).map((event) => new OutgoingEvent(event)),
    );
    this.position = page.upTo;
    // From here to `sendNew` nothing else happens: what was handed out before the page was read is in it, the rest is held.
    if (rest.length === 0 && this.held && handedOut && !isBehind(page.upTo, handedOut)) return this.goLive(this.held);
    this.held = undefined;
    while (rest.length > 0) {
      await this.parts.channel.drained();
      if (this.hasEnded) return;
      rest = this.sendSome(rest);
    }
  }

  private isWanted({ position }: EventRecord): boolean {
    return !this.start.before?.has(position);
  }

  private goLive(held: readonly OutgoingEvent[]): void {
    this.isLive = true;
    this.held = undefined;
    this.sendNew(held);
  }

  private sendNew(events: readonly OutgoingEvent[]): void {
    const missing = events.filter(({ record }) => isBehind(this.position, record.position));
    const last = missing.at(-1);
    if (!last) return;
    if (this.parts.channel.backlog > MOST_BACKLOG) return this.end('slow_reader');
    this.position = last.record.position;
    this.send(missing);
  }

  /** What there is room for; the rest of them is the answer. */
  private sendSome(events: readonly OutgoingEvent[]): readonly OutgoingEvent[] {
    for (const [index, event] of events.entries()) {
      if (this.parts.channel.backlog > ENOUGH_BACKLOG) return events.slice(index);
      this.send([event]);
    }
    return [];
  }

  private send(events: readonly OutgoingEvent[]): void {
    this.parts.channel.send(events);
    this.newest = events.at(-1)?.record.id;
    this.sent += events.length;
  }

  private finish(reason: CloseReason | 'client', error?: unknown): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.held = undefined;
    this.parts.onEnd(reason, error);
  }
}
