import { Logger, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import pLimit from 'p-limit';
import {
  EVENTS_CHANNEL,
  laneKey,
  LANES_CHANNEL,
  WEBHOOKS_CHANNEL,
  type DeliveryFanOut,
  type DeliveryLanes,
  type DeliveryOutcomes,
  type DeliveryWork,
  type LaneClaim,
  type LeaseHolder,
  type Wakeups,
} from '#store';
import type { WebhookSender } from '../sending/index.js';
import { Complaints } from './complaints.js';
import { HeldLanes } from './held-lanes.js';
import { OutcomeWriter } from './outcome-writer.js';
import { Rounds } from './rounds.js';
import type { WebhookDestinations } from './webhook-destinations.js';

/** Events that are handed out at once. */
const PAGE = 500;
/** Lanes that are claimed at once. */
const MOST_CLAIMS = 256;
/** Between rounds: a thousand commits a second are no thousand statements. */
const GAP_MS = 5;
const SCAN_GAP_MS = 50;
/** While another process hands out. */
const TURN_MS = 25;
/** While an older transaction runs; doubles from there. */
const HELD_BACK = { firstMs: 5, longestMs: 250 };
/** Deliveries in memory, over all lanes, and in one of them. */
const MOST_IN_MEMORY = 2_000;
const MOST_IN_LANE = 50;
/** The other connections are for those who ask for something. */
const READS_AT_ONCE = 3;

export interface DispatcherOptions {
  /** How often is looked for what nobody told of. */
  pollMs: number;
  /** How long lanes stay with a process that cannot reach the database. */
  ttlMs: number;
  /** How long a lane is kept in which there is nothing to do. */
  lingerMs: number;
  /** How long attempts that are under way may take when the process ends. */
  drainMs: number;
}

const DEFAULTS: DispatcherOptions = { pollMs: 2_000, ttlMs: 15_000, lingerMs: 1_000, drainMs: 5_000 };

export interface DispatcherParts {
  fanOut: Pick<DeliveryFanOut, 'handOut'>;
  lanes: DeliveryLanes;
  work: DeliveryWork;
  outcomes: DeliveryOutcomes;
  destinations: WebhookDestinations;
  sender: Pick<WebhookSender, 'send'>;
  wakeups: Wakeups;
  holder: LeaseHolder;
}

/**
 * Brings events to webhooks, together with every other process on the database: hands the log out, works on the lanes
 * that it gets hold of, and writes what came of it.
 */
export class WebhookDispatcher implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(WebhookDispatcher.name);
  private readonly complaints = new Complaints(this.logger);
  private readonly options: DispatcherOptions;
  private readonly ending = new AbortController();
  private readonly writer: OutcomeWriter;
  private readonly held: HeldLanes;
  private readonly handingOut: Rounds;
  private readonly scanning: Rounds;
  private subscriptions: (() => void)[] = [];
  private heldBack = 0;
  /** Where there is no webhook, a page now and then is enough to keep up with the log. */
  private hasReceivers = true;

  constructor(
    private readonly parts: DispatcherParts,
    options: Partial<DispatcherOptions> = {},
  ) {
    const { work, outcomes, destinations, sender, lanes } = parts;
    this.options = { ...DEFAULTS, ...options };
    const { ttlMs, lingerMs } = this.options;
    const onTrouble = (error: unknown): void => this.complaints.about('deliveries do not go on for now', error);
    const reads = pLimit(READS_AT_ONCE);
    this.writer = new OutcomeWriter(outcomes, onTrouble);
    this.held = new HeldLanes(
      lanes,
      {
        work: { read: (claim, limit) => reads(() => work.read(claim, limit)) },
        destinations,
        sender,
        outcomes: this.writer,
        signal: this.ending.signal,
        readSize: () => this.readSize,
        lingerMs,
        onTrouble,
      },
      { ttlMs, onTrouble, onReleased: () => this.scanning.wake() },
    );
    const onError = (error: unknown): void => this.complaints.about('events are not handed out for now', error);
    this.handingOut = new Rounds(() => this.handOut(), { gapMs: GAP_MS, onError });
    this.scanning = new Rounds(() => this.scan(), { gapMs: SCAN_GAP_MS, onError: onTrouble });
  }

  onApplicationBootstrap(): void {
    const { wakeups } = this.parts;
    this.subscriptions = [
      wakeups.on(EVENTS_CHANNEL, () => {
        if (this.hasReceivers) this.handingOut.wake();
      }),
      wakeups.on(LANES_CHANNEL, (lane) => this.held.poke(lane || undefined)),
      wakeups.on(WEBHOOKS_CHANNEL, (webhookId) => this.changed(webhookId || undefined)),
    ];
    this.handingOut.wake();
    this.scanning.wake();
  }

  /** Attempts that are under way may end; the lanes are others' at once. */
  async beforeApplicationShutdown(): Promise<void> {
    for (const unsubscribe of this.subscriptions.splice(0)) unsubscribe();
    const late = setTimeout(() => {
      this.ending.abort();
      this.writer.giveUp();
    }, this.options.drainMs);
    await Promise.all([this.handingOut.close(), this.scanning.close()]);
    await this.held.close();
    clearTimeout(late);
  }

  private get readSize(): number {
    return Math.max(1, Math.min(MOST_IN_LANE, Math.floor(MOST_IN_MEMORY / Math.max(1, this.held.size))));
  }

  private changed(webhookId?: string): void {
    this.parts.destinations.forget(webhookId);
    this.held.refresh(webhookId);
    this.hasReceivers = true;
    this.handingOut.wake();
    this.scanning.wake();
  }

  private async handOut(): Promise<number> {
    const { isTaken, events, isHeldBack, hasReceivers, lanes } = await this.parts.fanOut.handOut(PAGE);
    this.hasReceivers = hasReceivers;
    const [ours, others] = [lanes.filter((lane) => this.held.has(lane)), lanes.filter((lane) => !this.held.has(lane))];
    for (const lane of ours) this.held.poke(laneKey(lane));
    const { holder } = this.parts;
    await this.take(() => this.parts.lanes.claim(others, holder, this.options.ttlMs));
    if (events === PAGE) return 0;
    if (isTaken) return TURN_MS;
    this.heldBack = isHeldBack ? this.heldBack + 1 : 0;
    return isHeldBack && hasReceivers
      ? Math.min(HELD_BACK.longestMs, HELD_BACK.firstMs * 2 ** Math.min(this.heldBack - 1, 30))
      : this.options.pollMs;
  }

  private async scan(): Promise<number> {
    const { pollMs, ttlMs } = this.options;
    let nextMs = pollMs;
    await this.take(async () => {
      const { claims, nextDueMs = pollMs } = await this.parts.lanes.claimDue(this.parts.holder, ttlMs, MOST_CLAIMS);
      nextMs = claims.length === MOST_CLAIMS ? 0 : Math.min(pollMs, nextDueMs);
      return claims;
    });
    return nextMs;
  }

  private async take(claim: () => Promise<LaneClaim[]>): Promise<void> {
    const askedAt = performance.now();
    this.held.take(await claim(), askedAt);
  }
}
