import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { EVENTS_CHANNEL } from '../wakeups/channels.js';
import { Wakeups } from '../wakeups/wakeups.js';
import { EventLog, type LogPage } from './event-log.js';
import { LOG_START, type EventRecord, type LogPosition } from './event.record.js';

/**
 * Told the events that follow those that it was told before, up to `upTo`, oldest first; the page is shared with others.
 * It must not throw, and is logged when it does.
 */
export type FollowListener = (page: readonly EventRecord[], upTo: LogPosition) => void;

const PAGE = 500;
/** Between two reads: what is appended meanwhile comes in one. */
const PAUSE_MS = 5;
/** However much happens meanwhile. */
const FAILED_PAUSE_MS = 250;
/** When no wake-up comes. */
const SLOW_MS = 1_500;
/** Nobody tells when the transaction ends that holds events back. */
const HELD_BACK_MS = 5;
const HELD_BACK_LONGEST_MS = 200;

interface Follower {
  listener: FollowListener;
  hasBegun: boolean;
}

/** Reads what is appended to the log, once for all who follow it in this process; nothing while nobody does. */
@Injectable()
export class EventFollower implements BeforeApplicationShutdown {
  private readonly logger = new Logger(EventFollower.name);
  private readonly followers = new Set<Follower>();
  private position: LogPosition | undefined;
  private epoch: string | undefined;
  private reading: Promise<void> | undefined;
  private isWoken = false;
  private endIdle: (() => void) | undefined;
  private hasFailed = false;
  private heldBackMs = HELD_BACK_MS;

  constructor(
    private readonly log: EventLog,
    private readonly wakeups: Wakeups,
  ) {}

  /** What has been read; before anybody follows, nothing. */
  get upTo(): LogPosition {
    return this.position ?? LOG_START;
  }

  /**
   * The first call of `listener`, soon after, has no events: it tells where its pages begin. What is in the log up to
   * there is the listener's to read; from there on page follows page without a gap and without an overlap. Another call
   * without events is another beginning: the server crashed, and what is remembered of positions holds no longer.
   * Returns how to stop.
   */
  follow(listener: FollowListener): () => void {
    const follower = { listener, hasBegun: false };
    this.followers.add(follower);
    this.wake();
    this.reading ??= this.read();
    return () => void this.followers.delete(follower);
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.followers.clear();
    this.wake();
    await this.reading;
  }

  private wake(): void {
    this.isWoken = true;
    this.endIdle?.();
  }

  private async read(): Promise<void> {
    const unsubscribe = this.wakeups.on(EVENTS_CHANNEL, () => this.wake());
    while (this.followers.size > 0) {
      this.isWoken = false;
      const idleMs = await this.readPage();
      if (idleMs === 0) continue;
      await sleep(this.hasFailed ? FAILED_PAUSE_MS : PAUSE_MS);
      if (!this.isWoken) await this.idle(idleMs);
    }
    unsubscribe();
    this.position = undefined;
    this.reading = undefined;
  }

  /** How long to wait for the next one, unless woken. */
  private async readPage(): Promise<number> {
    try {
      const page = this.position ? await this.log.read(this.position, PAGE) : await this.fromNow();
      if (this.hasFailed) this.logger.log('events are read again');
      this.hasFailed = false;
      if (page.epoch === undefined || page.epoch !== this.epoch) return this.beginAnew();
      this.position = page.upTo;
      this.tellAll(page);
      return this.pauseAfter(page);
    } catch (error) {
      if (!this.hasFailed) this.logger.warn({ msg: 'events could not be read; trying again', err: error });
      this.hasFailed = true;
      return SLOW_MS;
    }
  }

  private async fromNow(): Promise<LogPage> {
    const { position, epoch } = await this.log.head();
    this.epoch = epoch;
    return { events: [], upTo: position, isLast: true, isHeldBack: false, epoch };
  }

  private beginAnew(): number {
    this.logger.warn('the database has crashed; whoever follows events begins anew');
    this.position = undefined;
    for (const follower of this.followers) follower.hasBegun = false;
    return 0;
  }

  private tellAll({ events, upTo }: LogPage): void {
    for (const follower of [...this.followers]) {
      if (!follower.hasBegun) {
        follower.hasBegun = true;
        this.tell(follower, [], upTo);
      } else if (events.length > 0) this.tell(follower, events, upTo);
    }
  }

  private tell(follower: Follower, page: readonly EventRecord[], upTo: LogPosition): void {
    if (!this.followers.has(follower)) return;
    try {
      follower.listener(page, upTo);
    } catch (error) {
      this.logger.error({ msg: 'events were not taken in', events: page.length, err: error });
    }
  }

  private pauseAfter({ events, isLast, isHeldBack }: LogPage): number {
    if (!isLast) return 0;
    const isHeldOn = isHeldBack && events.length === 0;
    this.heldBackMs = isHeldOn ? Math.min(this.heldBackMs * 2, HELD_BACK_LONGEST_MS) : HELD_BACK_MS;
    return isHeldBack ? this.heldBackMs : SLOW_MS;
  }

  private idle(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.endIdle = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
