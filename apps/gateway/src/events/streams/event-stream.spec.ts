import { describe, expect, it, jest } from '@jest/globals';
import { ConflictError, GatewayUnavailableError } from '#errors';
import { isBehind, type EventFilter, type EventRecord, type LogPage, type LogPosition } from '#store';
import type { CloseReason } from './close-reason.js';
import { EventStream, type ReplayLog, type StreamStart } from './event-stream.js';
import { OutgoingEvent } from './outgoing-event.js';
import type { StreamChannel } from './stream-channel.js';

const MIB = 1024 * 1024;
const PAGE = 3;
const FILTER: EventFilter = { scope: { organizationId: 'ours' } };

function event(n: number): EventRecord {
  return {
    id: `evt_${n}`,
    organizationId: 'ours',
    sessionId: 's',
    event: 'session.status',
    payload: { status: 'working' },
    createdAt: n,
    position: { transaction: n, position: 1 },
  };
}

const at = (transaction: number): LogPosition => ({ transaction, position: 1 });

class TestChannel implements StreamChannel {
  readonly kind = 'sse';
  backlog = 0;
  taken = 0;
  /** What each event adds to the backlog. */
  weight = 0;
  sent: number[] = [];
  closed: CloseReason | undefined;
  private onDrain: (() => void)[] = [];
  private onEnd: () => void = () => undefined;

  send(events: readonly OutgoingEvent[]): void {
    this.sent.push(...events.map(({ record }) => record.createdAt));
    this.backlog += this.weight * events.length;
  }

  drained(): Promise<void> {
    return new Promise((resolve) => this.onDrain.push(resolve));
  }

  drain(): void {
    this.backlog = 0;
    for (const resolve of this.onDrain.splice(0)) resolve();
  }

  beat(): void {
    throw new Error('nobody asked for it');
  }

  close(reason: CloseReason): void {
    this.closed = reason;
  }

  onClose(listener: () => void): void {
    this.onEnd = listener;
  }

  leave(): void {
    this.onEnd();
  }
}

/** A log, and the feed that hands out what is new in it. */
class Rig implements ReplayLog {
  readonly events: EventRecord[] = [];
  readonly channel = new TestChannel();
  readonly ends: string[] = [];
  reads = 0;
  /** Called when a page was read, before the stream has it. */
  onRead: () => void = () => undefined;
  failures: Error[] = [];
  handedOut: LogPosition = at(0);
  epoch: string | undefined = 'one';
  readonly stream: EventStream;

  constructor(filter = FILTER, start: StreamStart = { position: at(0) }) {
    const onEnd = (reason: CloseReason | 'client'): void => void this.ends.push(reason);
    const feed = { hasBegun: () => Promise.resolve() };
    Object.defineProperty(feed, 'upTo', { get: () => this.handedOut });
    this.stream = new EventStream(start, {
      filter,
      channel: this.channel,
      log: this,
      feed: feed as typeof feed & { upTo: LogPosition },
      onEnd,
    });
  }

  append(...numbers: number[]): void {
    this.events.push(...numbers.map(event));
  }

  handOut(...numbers: number[]): void {
    this.append(...numbers);
    this.handedOut = at(numbers.at(-1) ?? 0);
    this.stream.deliver(numbers.map((n) => new OutgoingEvent(event(n))));
  }

  read(after: LogPosition): Promise<LogPage> {
    this.reads += 1;
    const failure = this.failures.shift();
    if (failure) return Promise.reject(failure);
    const following = this.events.filter(({ position }) => isBehind(after, position));
    const events = following.slice(0, PAGE);
    const isLast = following.length < PAGE;
    const upTo = (isLast ? this.events : events).at(-1)?.position ?? after;
    this.onRead();
    return Promise.resolve({
      events,
      upTo: isBehind(upTo, after) ? after : upTo,
      isLast,
      isHeldBack: false,
      epoch: this.epoch,
    });
  }

  positionOf(_: string, id: string): Promise<LogPosition> {
    const found = this.events.find((one) => one.id === id);
    return found ? Promise.resolve(found.position) : Promise.reject(new ConflictError('events_expired', 'gone'));
  }
}

const turns = async (count = 20): Promise<void> => {
  for (let n = 0; n < count; n++) await Promise.resolve();
};

describe('a stream', () => {
  it('has all of the log and then what is new', async () => {
    const rig = new Rig();
    rig.append(1, 2, 3, 4, 5, 6, 7);
    rig.handedOut = at(7);
    await rig.stream.replay();
    rig.handOut(8, 9);
    expect(rig.channel.sent).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('has what is handed out while the last page is on its way: after that page, once', async () => {
    const rig = new Rig();
    rig.append(1, 2);
    rig.handedOut = at(2);
    rig.onRead = () => {
      rig.onRead = () => undefined;
      rig.handOut(3);
      rig.handOut(4, 5);
    };
    await rig.stream.replay();
    rig.handOut(6);
    expect(rig.channel.sent).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('has what a page holds and what is handed out at that moment once', async () => {
    const rig = new Rig();
    rig.append(1, 2);
    rig.onRead = () => {
      rig.onRead = () => undefined;
      rig.handedOut = at(2);
      rig.stream.deliver([1, 2].map((n) => new OutgoingEvent(event(n))));
    };
    await rig.stream.replay();
    rig.handOut(3);
    expect(rig.channel.sent).toEqual([1, 2, 3]);
  });

  it('reads on when the feed is ahead of what it has read', async () => {
    const rig = new Rig();
    rig.append(1);
    rig.handedOut = at(2);
    rig.onRead = () => {
      rig.onRead = () => undefined;
      rig.append(2);
    };
    await rig.stream.replay();
    rig.handOut(3);
    expect(rig.channel.sent).toEqual([1, 2, 3]);
  });

  it('does not pass over events whose reader took so long that something was handed out meanwhile', async () => {
    const rig = new Rig();
    rig.channel.weight = 70_000;
    rig.append(1, 2);
    const replaying = rig.stream.replay();
    await turns();
    rig.handOut(3);
    rig.channel.weight = 0;
    rig.channel.drain();
    await replaying;
    rig.handOut(4);
    expect(rig.channel.sent).toEqual([1, 2, 3, 4]);
  });

  it('leaves what is replayed in the log until the reader has room', async () => {
    const rig = new Rig();
    rig.channel.weight = 40_000;
    rig.append(1, 2, 3, 4, 5, 6, 7);
    const replaying = rig.stream.replay();
    await turns();
    expect(rig.channel.sent).toEqual([1, 2]);
    expect(rig.reads).toBe(1);
    while (rig.channel.sent.length < 7) {
      rig.channel.drain();
      await turns();
    }
    rig.channel.drain();
    await replaying;
    expect(rig.channel.sent).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(rig.ends).toEqual([]);
  });

  it('ends as too slow when more than a mebibyte is left unread', async () => {
    const rig = new Rig();
    await rig.stream.replay();
    rig.channel.weight = MIB + 1;
    rig.handOut(1);
    expect(rig.ends).toEqual([]);
    rig.handOut(2);
    rig.handOut(3);
    expect(rig.channel.sent).toEqual([1]);
    expect([rig.channel.closed, rig.ends]).toEqual(['slow_reader', ['slow_reader']]);
  });

  it('ends when the log no longer holds what it comes from', async () => {
    const rig = new Rig(FILTER, { position: at(1), since: 'evt_1' });
    rig.append(3, 4);
    await rig.stream.replay();
    expect(rig.channel.sent).toEqual([]);
    expect([rig.channel.closed, rig.ends]).toEqual(['events_expired', ['events_expired']]);
  });

  it.each([['another one'], [undefined]])(
    'ends when the database crashes while it is replayed: epoch %s',
    async (epoch) => {
      const rig = new Rig();
      rig.append(1, 2, 3, 4);
      rig.handedOut = at(4);
      rig.onRead = () => {
        if (rig.reads === 2) rig.epoch = epoch;
      };
      await rig.stream.replay();
      expect(rig.channel.sent).toEqual([1, 2, 3]);
      expect([rig.channel.closed, rig.ends]).toEqual(['internal', ['internal']]);
    },
  );

  it('waits while the database is away, and ends with any other failure', async () => {
    jest.useFakeTimers();
    try {
      const rig = new Rig();
      rig.append(1);
      rig.failures = [new GatewayUnavailableError('away', 1), new GatewayUnavailableError('away', 1)];
      const replaying = rig.stream.replay();
      await jest.advanceTimersByTimeAsync(2_500);
      await replaying;
      expect(rig.channel.sent).toEqual([1]);

      const broken = new Rig();
      broken.failures = [new Error('a fault of ours')];
      await broken.stream.replay();
      expect(broken.channel.closed).toBe('internal');
    } finally {
      jest.useRealTimers();
    }
  });

  it('that fails ends, and is no matter of the other readers', async () => {
    const rig = new Rig();
    await rig.stream.replay();
    rig.channel.send = () => {
      throw new Error('a fault of ours');
    };
    expect(() => rig.handOut(1)).not.toThrow();
    expect([rig.channel.closed, rig.ends]).toEqual(['internal', ['internal']]);
  });

  it('sends nothing more once its reader has left, nor once it was ended', async () => {
    const [left, ended] = [new Rig(), new Rig()];
    await Promise.all([left.stream.replay(), ended.stream.replay()]);
    left.channel.leave();
    ended.stream.end('going_away');
    ended.stream.end('slow_reader');
    left.handOut(1);
    ended.handOut(1);
    expect([left.channel.sent, ended.channel.sent]).toEqual([[], []]);
    expect([left.ends, ended.ends]).toEqual([['client'], ['going_away']]);
  });
});
