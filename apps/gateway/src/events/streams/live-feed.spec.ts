import { describe, expect, it, jest } from '@jest/globals';
import type { EventFollower, EventRecord, FollowListener } from '#store';
import { LiveFeed, type FeedReader } from './live-feed.js';
import { OutgoingEvent } from './outgoing-event.js';
import { passes } from './stream-filter.js';

function event(organizationId: string, fields: Partial<EventRecord> = {}): EventRecord {
  return {
    id: 'evt_1',
    organizationId,
    sessionId: 's1',
    event: 'session.status',
    payload: { status: 'working' },
    createdAt: 1,
    position: { transaction: 5, position: 1 },
    ...fields,
  };
}

class TestFollower {
  followed = 0;
  tell: FollowListener | undefined;

  follow(listener: FollowListener): () => void {
    this.followed += 1;
    this.tell = listener;
    return () => (this.tell = undefined);
  }
}

const reader = (organizationId: string) => ({
  organizationId,
  deliver: jest.fn<FeedReader['deliver']>(),
  lost: jest.fn<FeedReader['lost']>(),
});

describe('the live feed', () => {
  it('follows the log once for all readers, and not without one', () => {
    const follower = new TestFollower();
    const feed = new LiveFeed(follower as unknown as EventFollower);
    const [one, other] = [reader('a'), reader('b')];
    expect(follower.followed).toBe(0);
    feed.add(one);
    feed.add(other);
    expect(follower.followed).toBe(1);
    feed.remove(one);
    expect(follower.tell).toBeDefined();
    feed.remove(other);
    expect(follower.tell).toBeUndefined();
    feed.add(one);
    expect(follower.followed).toBe(2);
  });

  it('has begun once the log says where', async () => {
    const follower = new TestFollower();
    const feed = new LiveFeed(follower as unknown as EventFollower);
    feed.add(reader('a'));
    const beginning = feed.hasBegun().then(() => feed.upTo);
    expect(feed.upTo).toBeUndefined();
    follower.tell?.([], { transaction: 4, position: 0 });
    expect(await beginning).toEqual({ transaction: 4, position: 0 });
  });

  it('is lost to all readers when it begins once more', () => {
    const follower = new TestFollower();
    const feed = new LiveFeed(follower as unknown as EventFollower);
    const readers = [reader('a'), reader('b')];
    for (const one of readers) {
      feed.add(one);
      one.lost.mockImplementation(() => feed.remove(one));
    }
    follower.tell?.([], { transaction: 9, position: 0 });
    expect(readers.map(({ lost }) => lost.mock.calls.length)).toEqual([0, 0]);
    follower.tell?.([], { transaction: 4, position: 0 });
    expect(readers.map(({ lost }) => lost.mock.calls.length)).toEqual([1, 1]);
    expect(feed.upTo).toBeUndefined();
  });

  it('troubles the readers of an organization only, and writes each event out once for all of them', () => {
    const follower = new TestFollower();
    const feed = new LiveFeed(follower as unknown as EventFollower);
    const readers = [reader('a'), reader('a'), reader('b')];
    for (const one of readers) feed.add(one);
    follower.tell?.([event('a'), event('c'), event('a')], { transaction: 5, position: 2 });
    const [first, second, third] = readers.map(({ deliver }) => deliver.mock.calls.map(([events]) => events));
    expect(first?.[0]).toHaveLength(2);
    expect(first?.[0]?.[0]?.asMessage).toBe(second?.[0]?.[0]?.asMessage);
    expect(first?.[0]?.[0]?.asBlock).toBe(second?.[0]?.[0]?.asBlock);
    expect(third).toEqual([]);
    expect(feed.upTo).toEqual({ transaction: 5, position: 2 });
  });

  it('lets readers leave while they are told', () => {
    const follower = new TestFollower();
    const feed = new LiveFeed(follower as unknown as EventFollower);
    const [one, other] = [reader('a'), reader('a')];
    one.deliver.mockImplementation(() => {
      feed.remove(one);
      feed.remove(other);
    });
    feed.add(one);
    feed.add(other);
    follower.tell?.([event('a')], { transaction: 5, position: 1 });
    expect(feed.upTo).toBeUndefined();
    expect(feed.readersOf('a')).toBe(0);
  });
});

describe('an event', () => {
  it('is one line of text in each form', () => {
    const outgoing = new OutgoingEvent(event('a', { payload: { status: 'failed', statusReason: 'line\nbreak' } }));
    const json = outgoing.asMessage.toString();
    expect(json).not.toContain('\n');
    expect(outgoing.asBlock.toString()).toBe(`id: evt_1\nevent: session.status\ndata: ${json}\n\n`);
  });

  it.each([
    [{}, true],
    [{ events: ['session.status' as const] }, true],
    [{ events: ['auth.qr' as const] }, false],
    [{ sessionId: 's1' }, true],
    [{ sessionId: 's2' }, false],
    [{ scope: { organizationId: 'a', sessionIds: ['s1', 's3'] } }, true],
    [{ scope: { organizationId: 'a', sessionIds: ['s2'] } }, false],
    [{ scope: { organizationId: 'a', sessionIds: [] } }, false],
  ])('of a session passes %j: %p', (filter, expected) => {
    expect(passes({ scope: { organizationId: 'a' }, ...filter }, event('a'))).toBe(expected);
  });

  it('of no session is for who is limited to none, and asks for none', () => {
    const paused = event('a', { sessionId: undefined });
    expect(passes({ scope: { organizationId: 'a' } }, paused)).toBe(true);
    expect(passes({ scope: { organizationId: 'a' }, sessionId: 's1' }, paused)).toBe(false);
    expect(passes({ scope: { organizationId: 'a', sessionIds: ['s1'] } }, paused)).toBe(false);
  });
});
