import { describe, expect, it } from '@jest/globals';
import pLimit from 'p-limit';
import { GatewayUnavailableError, RateLimitedError } from '#errors';
import type { GroupWriter, SyncResult } from '#store';
import {
  OutcomeUnknownError,
  SessionNotConnectedError,
  WhatsAppRefusedError,
  type GroupNotification,
  type WhatsAppClient,
} from '#whatsapp';
import type { LiveSession } from '../sessions/index.js';
import { GroupFeed } from './group-feed.js';

const GROUP = '120363000000000001@g.us';
const NOTIFICATION: GroupNotification = { groupJid: GROUP, at: 1, changes: [{ type: 'deleted' }] };
const SYNCED: SyncResult = { groups: 0, changed: 0, stale: [] };

/** What the feed did, in order, with answers that each test decides on. */
class Rig {
  readonly done: string[] = [];
  readonly delays: { attempt: number; rateLimited: boolean }[] = [];
  /** Milliseconds. */
  readonly waits: unknown[] = [];
  fetchGroups: () => Promise<never[]> = () => Promise.resolve([]);
  fetchGroup: () => Promise<object> = () => Promise.resolve({});
  apply: () => Promise<'changed' | 'reread'> = () => Promise.resolve('changed');
  save: () => Promise<'changed' | 'stale'> = () => Promise.resolve('changed');
  synchronise: () => Promise<SyncResult> = () => Promise.resolve(SYNCED);
  /** What WhatsApp is asked just now gets no answer any more. */
  lose: () => void = () => undefined;
  readonly feed: GroupFeed;
  readonly live: LiveSession;

  constructor() {
    const client = {
      fetchGroups: () => this.did('fetchGroups', this.fetchGroups),
      fetchGroup: () => this.did('fetchGroup', this.fetchGroup),
    } as unknown as WhatsAppClient;
    const writer = {
      apply: () => this.did('apply', this.apply),
      save: () => this.did('save', this.save),
      markLeft: () => this.did('markLeft', () => Promise.resolve('changed')),
      synchronise: () => this.did('synchronise', this.synchronise),
    } as unknown as GroupWriter;
    this.live = { id: 'session', self: {}, client };
    this.feed = new GroupFeed({
      writer,
      synchronising: pLimit(1),
      retryDelay: (attempt, rateLimited) => this.delays.push({ attempt, rateLimited }) * 0,
      log: (_, __, facts) => 'inMs' in facts && this.waits.push(facts.inMs),
    });
  }

  private did<T>(what: string, answer: () => Promise<T>): Promise<T> {
    this.done.push(what);
    return answer();
  }
}

describe('what WhatsApp tells of the groups of a session', () => {
  it('is taken one thing after the other: all groups first, then what was told meanwhile', async () => {
    const rig = new Rig();
    rig.feed.opened(rig.live);
    void rig.feed.notified(rig.live, NOTIFICATION);
    await rig.feed.settled();
    expect(rig.done).toEqual(['fetchGroups', 'synchronise', 'apply']);
  });

  it('is read again for a group that the notification alone does not explain', async () => {
    const rig = new Rig();
    rig.apply = () => Promise.resolve('reread');
    void rig.feed.notified(rig.live, NOTIFICATION);
    await rig.feed.settled();
    expect(rig.done).toEqual(['apply', 'fetchGroup', 'save']);
  });

  it('is read once more when something newer was stored while WhatsApp answered', async () => {
    const rig = new Rig();
    const outcomes = ['stale', 'changed'] as const;
    let saves = 0;
    rig.apply = () => Promise.resolve('reread');
    rig.save = () => Promise.resolve(outcomes[saves++] ?? 'changed');
    void rig.feed.notified(rig.live, NOTIFICATION);
    await rig.feed.settled();
    expect(rig.done).toEqual(['apply', 'fetchGroup', 'save', 'fetchGroup', 'save']);
  });

  it.each([401, 403, 404, 410])('marks a group as left when WhatsApp answers %i for it', async (code) => {
    const rig = new Rig();
    rig.apply = () => Promise.resolve('reread');
    rig.fetchGroup = () => Promise.reject(new WhatsAppRefusedError(code, ''));
    void rig.feed.notified(rig.live, NOTIFICATION);
    await rig.feed.settled();
    expect(rig.done).toEqual(['apply', 'fetchGroup', 'markLeft']);
  });

  it('is read again, one by one, where the account acted while the list was on its way', async () => {
    const rig = new Rig();
    rig.synchronise = () => Promise.resolve({ ...SYNCED, stale: [GROUP] });
    rig.feed.opened(rig.live);
    await rig.feed.settled();
    expect(rig.done).toEqual(['fetchGroups', 'synchronise', 'fetchGroup', 'save']);
  });

  it('leads to a whole new reading when it could not be stored', async () => {
    const rig = new Rig();
    rig.feed.opened(rig.live);
    await rig.feed.settled();
    rig.done.length = 0;
    const readAgain = new Promise<void>((resolve) => {
      rig.synchronise = () => Promise.resolve(SYNCED).finally(resolve);
    });
    rig.apply = () => Promise.reject(new Error('the database is away'));
    void rig.feed.notified(rig.live, NOTIFICATION);
    await readAgain;
    expect(rig.done).toEqual(['apply', 'fetchGroups', 'synchronise']);
    expect(rig.delays).toEqual([{ attempt: 0, rateLimited: false }]);
  });

  it('is read again once for many that could not be stored, and not put off by each of them (pain 7)', async () => {
    const rig = new Rig();
    rig.feed.opened(rig.live);
    await rig.feed.settled();
    rig.done.length = 0;
    rig.apply = () => Promise.reject(new Error('the database is away'));
    const readAgain = new Promise<void>((resolve) => {
      rig.synchronise = () => Promise.resolve(SYNCED).finally(resolve);
    });
    for (let n = 0; n < 5; n++) void rig.feed.notified(rig.live, NOTIFICATION);
    await readAgain;
    expect(rig.done).toEqual(['apply', 'apply', 'apply', 'apply', 'apply', 'fetchGroups', 'synchronise']);
    expect(rig.delays).toEqual([{ attempt: 0, rateLimited: false }]);
  });

  it('is read once however often WhatsApp says that it is stale before that begins (pain 7)', async () => {
    const rig = new Rig();
    rig.feed.opened(rig.live);
    for (let n = 0; n < 5; n++) rig.feed.synchronise();
    await rig.feed.settled();
    expect(rig.done).toEqual(['fetchGroups', 'synchronise']);
    rig.feed.synchronise();
    await rig.feed.settled();
    expect(rig.done).toHaveLength(4);
  });

  it('is read once for all who want it fresh while that is under way, and again for who asks later', async () => {
    const rig = new Rig();
    let answer: (groups: never[]) => void = () => undefined;
    const begun = new Promise<void>((resolve) => {
      rig.fetchGroups = () => {
        resolve();
        return new Promise((resolve) => (answer = resolve));
      };
    });
    rig.feed.opened(rig.live);
    rig.feed.refresh();
    await begun;
    rig.feed.refresh();
    rig.fetchGroups = () => Promise.resolve([]);
    answer([]);
    await rig.feed.settled();
    expect(rig.done).toEqual(['fetchGroups', 'synchronise']);
    rig.feed.refresh();
    await rig.feed.settled();
    expect(rig.done).toHaveLength(4);
  });

  it.each<[string, Error]>([
    ['WhatsApp asks for now', new WhatsAppRefusedError(429, 'rate-overlimit', 0.05)],
    ['WhatsApp asked for before', new RateLimitedError('too soon', 0.05)],
  ])('waits no less than what %s', async (_, error) => {
    const rig = new Rig();
    const synchronised = new Promise<void>((resolve) => {
      rig.synchronise = () => Promise.resolve(SYNCED).finally(resolve);
    });
    const refusals = [error];
    rig.fetchGroups = () => {
      const refusal = refusals.pop();
      return refusal ? Promise.reject(refusal) : Promise.resolve([]);
    };
    rig.feed.opened(rig.live);
    await synchronised;
    expect(rig.waits[0]).toBeGreaterThanOrEqual(50);
    expect(rig.delays).toEqual([{ attempt: 0, rateLimited: true }]);
  });

  it('waits longer when WhatsApp asks to slow down, and longer each time', async () => {
    const rig = new Rig();
    let refusals = 2;
    const synchronised = new Promise<void>((resolve) => {
      rig.synchronise = () => Promise.resolve(SYNCED).finally(resolve);
    });
    rig.fetchGroups = () =>
      refusals-- > 0 ? Promise.reject(new WhatsAppRefusedError(429, 'rate-overlimit')) : Promise.resolve([]);
    rig.feed.opened(rig.live);
    await synchronised;
    expect(rig.delays).toEqual([
      { attempt: 0, rateLimited: true },
      { attempt: 1, rateLimited: true },
    ]);
  });

  it('is not asked for again once the connection is gone: the next one reads everything', async () => {
    const rig = new Rig();
    rig.fetchGroups = () => {
      rig.feed.closed();
      return Promise.reject(new SessionNotConnectedError('starting'));
    };
    rig.feed.opened(rig.live);
    await rig.feed.settled();
    expect(rig.delays).toEqual([]);
    expect(rig.feed.isIdle).toBe(true);
  });
});

describe('a notification', () => {
  const away = (): Promise<never> => Promise.reject(new GatewayUnavailableError('the database does not answer', 5));

  /** Opened, and all groups are read. */
  async function connected(): Promise<Rig> {
    const rig = new Rig();
    rig.feed.opened(rig.live);
    await rig.feed.settled();
    rig.done.length = 0;
    return rig;
  }

  function isPending(promise: Promise<void>): Promise<boolean> {
    return Promise.race([promise.then(() => false), new Promise<boolean>((resolve) => setImmediate(resolve, true))]);
  }

  it('is done with when it is stored, not before', async () => {
    const rig = await connected();
    let store: (outcome: 'changed') => void = () => undefined;
    rig.apply = () => new Promise((resolve) => (store = resolve));
    const told = rig.feed.notified(rig.live, NOTIFICATION);
    expect(await isPending(told)).toBe(true);
    store('changed');
    await told;
  });

  it('is tried again while the database is away, before anything that was told later', async () => {
    const rig = await connected();
    let failures = 3;
    rig.apply = () => (failures-- > 0 ? away() : Promise.resolve('changed'));
    const told = rig.feed.notified(rig.live, NOTIFICATION);
    rig.feed.synchronise();
    await Promise.all([told, rig.feed.settled()]);
    expect(rig.done).toEqual(['apply', 'apply', 'apply', 'apply', 'fetchGroups', 'synchronise']);
  });

  it('that cannot be applied is done with when all groups were read and stored', async () => {
    const rig = await connected();
    let store: (result: SyncResult) => void = () => undefined;
    const reading = new Promise<void>((resolve) => {
      rig.synchronise = () => {
        resolve();
        return new Promise((resolve) => (store = resolve));
      };
    });
    rig.apply = () => Promise.reject(new Error('of no known kind'));
    const told = rig.feed.notified(rig.live, NOTIFICATION);
    await reading;
    expect(await isPending(told)).toBe(true);
    store(SYNCED);
    await told;
  });

  it('that came before the connection is open, and needs it, is done with when all groups were read', async () => {
    const rig = new Rig();
    rig.apply = () => Promise.resolve('reread');
    rig.fetchGroup = () => Promise.reject(new SessionNotConnectedError('starting'));
    const told = rig.feed.notified(rig.live, NOTIFICATION);
    await rig.feed.settled();
    expect(await isPending(told)).toBe(true);
    rig.feed.opened(rig.live);
    await told;
    expect(rig.done).toEqual(['apply', 'fetchGroup', 'fetchGroups', 'synchronise']);
  });

  it.each<[string, (rig: Rig) => void]>([
    ['while the database is away', (rig) => (rig.apply = away)],
    [
      'before all groups could be read',
      (rig) => {
        rig.apply = () => Promise.reject(new Error('of no known kind'));
        // As the real one: an answer that is waited for when the connection ends will not come.
        rig.fetchGroups = () => new Promise((_, reject) => (rig.lose = () => reject(new OutcomeUnknownError())));
      },
    ],
  ])('is given up, with all that wait behind it, when the connection ends %s', async (_, fail) => {
    const rig = await connected();
    fail(rig);
    const told = [rig.feed.notified(rig.live, NOTIFICATION), rig.feed.notified(rig.live, NOTIFICATION)];
    const outcomes = Promise.allSettled(told);
    await new Promise((resolve) => setImmediate(resolve));
    rig.feed.closed();
    rig.lose();
    expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    const applied = rig.done.length;
    rig.apply = () => Promise.resolve('changed');
    await rig.feed.notified(rig.live, NOTIFICATION);
    expect(rig.done.slice(applied)).toEqual(['apply']);
  });
});
