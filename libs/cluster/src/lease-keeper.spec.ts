import { Logger } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { SessionLeases } from '#store';
import type { SessionLease } from '#whatsapp';
import type { KeptLease } from './kept-lease.js';
import { LeaseKeeper } from './lease-keeper.js';

const TTL_MS = 6_000;

/** Leases that are given to whoever asks; says what was asked, and answers as it is told to. */
class Table {
  readonly claimed: string[][] = [];
  readonly renewed: string[][] = [];
  readonly released: string[][] = [];
  /** Sessions that somebody else was given. */
  readonly taken = new Set<string>();
  answer: () => Promise<void> = () => Promise.resolve();
  private fence = 0;

  async claim(ids: readonly string[]): Promise<SessionLease[]> {
    this.claimed.push([...ids]);
    await this.answer();
    return ids.filter((id) => !this.taken.has(id)).map((sessionId) => ({ sessionId, fence: ++this.fence }));
  }

  async renew(leases: readonly SessionLease[]): Promise<SessionLease[]> {
    this.renewed.push(leases.map(({ sessionId }) => sessionId));
    await this.answer();
    return leases.filter(({ sessionId }) => !this.taken.has(sessionId));
  }

  async release(leases: readonly SessionLease[]): Promise<void> {
    this.released.push(leases.map(({ sessionId }) => sessionId));
    await this.answer();
  }
}

let table: Table;
let keeper: LeaseKeeper;

// What goes wrong here is wanted.
beforeAll(() => {
  Logger.overrideLogger(false);
});
afterAll(() => {
  Logger.overrideLogger(['error', 'warn']);
});

beforeEach(() => {
  jest.useFakeTimers();
  table = new Table();
  keeper = new LeaseKeeper(table as unknown as SessionLeases, { holder: { name: 'spec' }, ttlMs: TTL_MS });
});

afterEach(async () => {
  await keeper.close();
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);
const away = (): Promise<never> => Promise.reject(new Error('away'));
const silent = (): Promise<never> => new Promise(() => undefined);

async function claim(...ids: string[]): Promise<KeptLease[]> {
  const claims = ids.map((id) => keeper.claim(id));
  await pass(1);
  return (await Promise.all(claims)).filter((lease) => lease !== undefined);
}

async function one(id = 'a'): Promise<KeptLease> {
  const [lease] = await claim(id);
  if (!lease) throw new Error('the lease was not given');
  return lease;
}

describe('the leases of a process', () => {
  it('are claimed in one statement when they are claimed at once', async () => {
    const leases = await claim('a', 'b', 'c');
    expect(table.claimed).toEqual([['a', 'b', 'c']]);
    expect(leases.map(({ sessionId, fence }) => [sessionId, fence])).toEqual([
      ['a', 1],
      ['b', 2],
      ['c', 3],
    ]);
    expect(leases.every(({ isHeld }) => isHeld)).toBe(true);
  });

  it('are not those that another process holds', async () => {
    table.taken.add('b');
    expect((await claim('a', 'b')).map(({ sessionId }) => sessionId)).toEqual(['a']);
  });

  it('are renewed all in one statement, three times in the life of one, for as long as they are kept', async () => {
    const [lease] = await claim('a', 'b');
    await pass(10 * TTL_MS);
    expect(table.renewed).toHaveLength(30);
    expect(new Set(table.renewed.map(String))).toEqual(new Set(['a,b']));
    expect(lease?.isHeld).toBe(true);
  });

  it('are renewed again after there was none for a while', async () => {
    await keeper.release(await one());
    await pass(TTL_MS);
    expect(table.renewed).toHaveLength(0);
    await one();
    await pass(TTL_MS);
    expect(table.renewed).toHaveLength(3);
  });

  it('that one statement could not renew are tried again sooner, and lost by none that failed', async () => {
    const lease = await one();
    table.answer = away;
    await pass(TTL_MS / 2);
    const failed = table.renewed.length;
    expect(failed).toBeGreaterThan(1);
    table.answer = () => Promise.resolve();
    await pass(TTL_MS);
    expect(lease.isHeld).toBe(true);
    expect(lease.lost.aborted).toBe(false);
  });
});

describe('a lease', () => {
  it('that somebody else was given is lost, and no other with it (pain 2)', async () => {
    const [first, second] = await claim('a', 'b');
    table.taken.add('a');
    await pass(TTL_MS / 3);
    expect(first?.lost).toMatchObject({ aborted: true, reason: 'taken' });
    expect(first?.isHeld).toBe(false);
    expect(second?.isHeld).toBe(true);
    await pass(TTL_MS);
    expect(table.renewed.at(-1)).toEqual(['b']);
  });

  it.each([
    ['is away', away],
    ['does not answer', silent],
  ])('is lost before it ends when the database %s', async (_, answer) => {
    const lease = await one();
    table.answer = answer;
    await pass(TTL_MS * 0.9 - 10);
    expect(lease.isHeld).toBe(true);
    await pass(20);
    expect(lease.isHeld).toBe(false);
    expect(lease.lost).toMatchObject({ aborted: true, reason: 'ran_out' });
  });

  it('counts from before it was asked for: an answer may have taken its time', async () => {
    table.answer = () => new Promise((resolve) => setTimeout(resolve, 2_000));
    const claimed = keeper.claim('a');
    await pass(2_001);
    const lease = await claimed;
    table.answer = away;
    await pass(TTL_MS * 0.9 - 2_010);
    expect(lease?.isHeld).toBe(true);
    await pass(20);
    expect(lease?.isHeld).toBe(false);
  });

  it('is not held any more when the process was stopped for longer than it lasts, before any timer says so', async () => {
    const lease = await one();
    jest.setSystemTime(Date.now() + TTL_MS);
    const frozen = jest.spyOn(performance, 'now').mockReturnValue(performance.now() + TTL_MS);
    expect(lease.lost.aborted).toBe(false);
    expect(lease.isHeld).toBe(false);
    frozen.mockRestore();
  });

  it('once lost stays lost, and the next one is another', async () => {
    const lease = await one();
    table.answer = away;
    await pass(TTL_MS);
    table.answer = () => Promise.resolve();
    const next = await one();
    await pass(TTL_MS);
    expect(lease.isHeld).toBe(false);
    expect(next.isHeld).toBe(true);
    expect(next.fence).toBeGreaterThan(lease.fence);
  });

  it('is lost to a newer one of this process', async () => {
    const lease = await one();
    await one();
    expect(lease.lost.aborted).toBe(true);
  });

  it('that is given back is renewed no more, and a former one gives back nothing', async () => {
    const former = await one();
    const lease = await one();
    await keeper.release(former);
    expect(table.released).toEqual([]);
    await keeper.release(lease);
    expect(table.released).toEqual([['a']]);
    expect(lease.isHeld).toBe(false);
    await pass(TTL_MS);
    expect(table.renewed).toEqual([]);
  });
});

describe('a process that ends', () => {
  it('gives back all of its leases in one statement, and those that it was still about to be given', async () => {
    const leases = await claim('a', 'b');
    const claiming = keeper.claim('c');
    await keeper.close();
    await pass(1);
    expect(await claiming).toBeUndefined();
    expect(leases.map(({ lost }) => lost.reason as unknown)).toEqual(['given_back', 'given_back']);
    expect(table.released).toEqual([['a', 'b'], ['c']]);
  });

  it('ends, whether or not the database answers', async () => {
    await one();
    table.answer = away;
    await expect(keeper.close()).resolves.toBeUndefined();
  });
});
