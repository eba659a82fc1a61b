import { Injectable } from '@nestjs/common';
import { EventFollower, type EventRecord, type LogPosition } from '#store';
import { OutgoingEvent } from './outgoing-event.js';

/** Who is told what happens in an organization. */
export interface FeedReader {
  readonly organizationId: string;
  /** In the order of the log; shared with others. Must not throw. */
  deliver(events: readonly OutgoingEvent[]): void;
  /** Where it is in the log is no longer known: it has to begin anew. */
  lost(): void;
}

/** New events of the log, for all readers of this process: each is looked at once, and only readers of its organization are. */
@Injectable()
export class LiveFeed {
  private readonly readers = new Map<string, Set<FeedReader>>();
  private unfollow: (() => void) | undefined;
  private position: LogPosition | undefined;
  private waiting: ((position: LogPosition) => void)[] = [];

  constructor(private readonly follower: EventFollower) {}

  /** Everything up to here was handed out, or happened before; what follows is delivered. Known once the feed has begun. */
  get upTo(): LogPosition | undefined {
    return this.position;
  }

  /** Resolves when the feed has begun. Only for a reader that was added. */
  async hasBegun(): Promise<void> {
    if (!this.position) await new Promise((resolve) => this.waiting.push(resolve));
  }

  readersOf(organizationId: string): number {
    return this.readers.get(organizationId)?.size ?? 0;
  }

  add(reader: FeedReader): void {
    const readers = this.readers.get(reader.organizationId) ?? new Set();
    this.readers.set(reader.organizationId, readers.add(reader));
    this.unfollow ??= this.follower.follow((page, upTo) => this.handOut(page, upTo));
  }

  remove(reader: FeedReader): void {
    const readers = this.readers.get(reader.organizationId);
    readers?.delete(reader);
    if (readers?.size === 0) this.readers.delete(reader.organizationId);
    if (this.readers.size > 0) return;
    this.unfollow?.();
    this.unfollow = undefined;
    this.position = undefined;
  }

  private handOut(page: readonly EventRecord[], upTo: LogPosition): void {
    if (page.length === 0 && this.position) this.loseAll();
    if (!this.unfollow) return;
    const events = new Map<string, OutgoingEvent[]>();
    for (const record of page) {
      if (!this.readers.has(record.organizationId)) continue;
      const known = events.get(record.organizationId);
      if (known) known.push(new OutgoingEvent(record));
      else events.set(record.organizationId, [new OutgoingEvent(record)]);
    }
    this.position = upTo;
    for (const [organizationId, theirs] of events) {
      for (const reader of [...(this.readers.get(organizationId) ?? [])]) reader.deliver(theirs);
    }
    for (const begin of this.waiting.splice(0)) begin(upTo);
  }

  private loseAll(): void {
    for (const reader of [...this.readers.values()].flatMap((readers) => [...readers])) reader.lost();
  }
}
