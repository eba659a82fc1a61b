import { Inject, Injectable } from '@nestjs/common';
import pLimit from 'p-limit';
import type { Logger } from 'pino';
import { ApiKeyRevocations, type Principal } from '#auth';
import { GatewayUnavailableError, RateLimitedError } from '#errors';
import { LOGGER } from '#http';
import { EventLog, type EventFilter, type LogPosition } from '#store';
import type { CloseReason } from './close-reason.js';
import { EventStream, type ReplayLog, type StreamStart } from './event-stream.js';
import { LiveFeed } from './live-feed.js';
import type { StreamChannel } from './stream-channel.js';
import { StreamPulse } from './stream-pulse.js';

/** Of one organization, in this process. */
export const MOST_STREAMS = 250;
const RETRY_SECONDS = 5;
/** Events that are replayed wait in memory, a page for each stream at most. */
const PAGE = 200;
/** The rest of the gateway needs connections to the database, too. */
const READS_AT_ONCE = 4;
/** Soon enough to end a stream within a second of its credential. */
const CHECK_MS = 500;

interface OpenStream {
  stream: EventStream;
  pulse: StreamPulse;
}

/** All streams of this process. */
@Injectable()
export class EventStreams {
  private readonly open = new Set<OpenStream>();
  private readonly log: ReplayLog;
  private timer: NodeJS.Timeout | undefined;
  private isClosing = false;

  constructor(
    log: EventLog,
    private readonly feed: LiveFeed,
    private readonly revocations: ApiKeyRevocations,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    const limit = pLimit(READS_AT_ONCE);
    this.log = {
      read: (after: LogPosition, filter: EventFilter) => limit(() => log.read(after, PAGE, filter)),
      positionOf: (organizationId: string, eventId: string) => limit(() => log.positionOf(organizationId, eventId)),
    };
  }

  /**
   * A stream over the channel that `connect` makes, which is not called for one that is refused: `GatewayUnavailableError`
   * while the process stops, `RateLimitedError` for one too many. It lives until its reader leaves, or must.
   */
  start(caller: Principal, filter: EventFilter, start: StreamStart, connect: () => StreamChannel): void {
    if (this.isClosing) {
      throw new GatewayUnavailableError('the gateway is shutting down', RETRY_SECONDS, { reason: 'shutting_down' });
    }
    if (this.feed.readersOf(caller.organizationId) >= MOST_STREAMS) {
      const message = `the organization has ${MOST_STREAMS} streams already`;
      throw new RateLimitedError(message, RETRY_SECONDS, { reason: 'too_many_streams' });
    }
    this.add(caller, filter, start, connect());
  }

  /** Ends all streams, and refuses new ones. */
  beginShutdown(): void {
    this.isClosing = true;
    for (const { stream } of [...this.open]) stream.end('going_away');
  }

  private add(caller: Principal, filter: EventFilter, start: StreamStart, channel: StreamChannel): void {
    const startedAt = performance.now();
    const onEnd = (reason: CloseReason | 'client', error?: unknown): void => {
      unwatch();
      this.remove(entry);
      const { kind, organizationId: organization } = caller;
      const ms = Math.round(performance.now() - startedAt);
      const line = { reason, stream: channel.kind, caller: kind, organization, events: stream.sent, ms };
      if (error === undefined) this.logger.info(line, 'stream ended');
      else this.logger.error({ ...line, err: error }, 'stream failed');
    };
    const { log, feed } = this;
    const stream = new EventStream(start, { filter, channel, log, feed, onEnd });
    const entry = { stream, pulse: new StreamPulse(channel, caller.validUntil) };
    const unwatch = this.watch(caller, stream);
    this.open.add(entry);
    this.timer ??= setInterval(() => this.check(), CHECK_MS).unref();
    feed.add(stream);
    void stream.replay();
  }

  private watch(caller: Principal, stream: EventStream): () => void {
    if (caller.kind !== 'api-key') return () => undefined;
    return this.revocations.watch(caller.id, () => stream.end('credential_ended'));
  }

  private check(): void {
    for (const { stream, pulse } of [...this.open]) {
      const reason = pulse.check();
      if (reason) stream.end(reason);
    }
  }

  private remove(entry: OpenStream): void {
    this.open.delete(entry);
    this.feed.remove(entry.stream);
    if (this.open.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }
}
