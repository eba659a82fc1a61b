import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { CredentialsUnreadableError, type DeliveryOutcome, type DueDelivery, type LaneWork } from '#store';
import type { Attempt } from '../sending/index.js';
import { LaneWorker } from './lane-worker.js';
import type { WebhookDestination } from './webhook-destinations.js';

const CLAIM = { webhookId: 'w', lane: 0, claimId: 'c' };
const DESTINATION: WebhookDestination = {
  target: { url: 'http://one.example/', secret: 's', headers: {} },
  retryPolicy: { policy: 'constant', delaySeconds: 1, attempts: 3 },
  asOf: 7,
};
const LINGER_MS = 2_000;
const OK: Attempt = { ok: true, status: 204, latencyMs: 1 };
const FAILED: Attempt = { ok: false, status: 500, error: 'http_status', latencyMs: 1 };

function delivery(id: string, attempts = 0): DueDelivery {
  const event = {
    id: `evt_${id}`,
    organizationId: 'o',
    sessionId: 's',
    event: 'auth.qr' as const,
    payload: { expiresAt: 1 },
    createdAt: 1,
    position: { transaction: 1, position: 1 },
  };
  return { id, attempts, event };
}

/** A lane in memory: what is settled is not read again, what failed comes again after its delay. */
let first: DueDelivery[];
let again: { delivery: DueDelivery; dueAt: number }[];
/** What is in front of everything and not wanted any more. */
let unwanted: number;
/** Of the webhook when the lane is read. */
let asOf: number;
let reads: number[];
let sent: string[];
let outcomes: DeliveryOutcome[];
let troubles: unknown[];
let answer: (id: string) => Promise<Attempt> | Attempt;
let write: () => Promise<void>;
let destination: (asOf: number) => Promise<WebhookDestination | undefined>;
let worker: LaneWorker;
let run: Promise<void>;
let hasEnded: boolean;

function read(limit: number): LaneWork {
  reads.push(limit);
  const now = performance.now();
  const due = again.filter(({ dueAt }) => dueAt <= now);
  const next = again.filter(({ dueAt }) => dueAt > now).map(({ dueAt }) => dueAt - now);
  const discarded = Math.min(limit, unwanted);
  unwanted -= discarded;
  return {
    asOf,
    discarded,
    first: first.slice(0, limit - discarded),
    again: due.slice(0, limit).map((entry) => entry.delivery),
    ...(next.length > 0 && { nextDueMs: Math.min(...next) }),
  };
}

async function settle(outcome: DeliveryOutcome): Promise<void> {
  await write();
  outcomes.push(outcome);
  const { deliveryId: id, attempts, result } = outcome;
  first = first.filter((waiting) => waiting.id !== id);
  again = again.filter((entry) => entry.delivery.id !== id);
  if (result.status !== 'again') return;
  again.push({ delivery: delivery(id, attempts + 1), dueAt: performance.now() + result.delayMs });
}

beforeEach(() => {
  jest.useFakeTimers();
  [first, again, reads, sent, outcomes, troubles] = [[], [], [], [], [], []];
  [unwanted, asOf] = [0, DESTINATION.asOf];
  answer = () => OK;
  write = () => Promise.resolve();
  destination = () => Promise.resolve(DESTINATION);
});
afterEach(async () => {
  worker.stop();
  await jest.advanceTimersByTimeAsync(10_000);
  await run;
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

function start(ttlMs = 600_000): void {
  const parts = {
    work: { read: (_: unknown, limit: number) => Promise.resolve(read(limit)) },
    destinations: { of: (_: string, wanted: number) => destination(wanted) },
    sender: {
      send: async (_: unknown, { id }: { id: string }) => {
        sent.push(id.slice('evt_'.length));
        return answer(id.slice('evt_'.length));
      },
    },
    outcomes: { write: settle },
    signal: new AbortController().signal,
    readSize: () => 3,
    lingerMs: LINGER_MS,
    onTrouble: (error: unknown) => troubles.push(error),
  };
  worker = new LaneWorker(CLAIM, performance.now() + ttlMs, parts);
  hasEnded = false;
  run = worker.run().then(() => void (hasEnded = true));
}

const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);
const waiting = (...ids: string[]): void => void first.push(...ids.map((id) => delivery(id)));
const take = (ms: number, attempt: Attempt) => () =>
  new Promise<Attempt>((resolve) => setTimeout(() => resolve(attempt), ms));

describe('a lane that is worked on', () => {
  it('is emptied in order, one attempt after the other, and given back when nothing comes for a while', async () => {
    waiting('a', 'b', 'c', 'd', 'e');
    let open = 0;
    answer = async () => {
      expect(++open).toBe(1);
      const attempt = await take(10, OK)();
      open--;
      return attempt;
    };
    start();
    await pass(60);
    expect(sent).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(outcomes.map(({ result }) => result.status)).toEqual(Array.from({ length: 5 }, () => 'delivered'));
    await pass(LINGER_MS - 20);
    expect(hasEnded).toBe(false);
    await pass(50);
    expect(hasEnded).toBe(true);
  });

  it('is looked at once for what was there, and again when something came', async () => {
    waiting('a');
    start();
    await pass(10);
    expect(reads).toHaveLength(1);
    waiting('b');
    worker.poke();
    await pass(10);
    expect(sent).toEqual(['a', 'b']);
    expect(reads).toHaveLength(2);
  });

  it('is looked at again for what came while attempts were under way', async () => {
    waiting('a');
    answer = take(10, OK);
    start();
    await pass(5);
    waiting('b');
    worker.poke();
    await pass(30);
    expect(sent).toEqual(['a', 'b']);
  });

  it('does not wait for what failed, which comes again in between when it is due', async () => {
    waiting('a', 'b', 'c');
    answer = (id) => (id === 'a' && sent.filter((one) => one === 'a').length < 2 ? FAILED : OK);
    start();
    await pass(10);
    expect(sent).toEqual(['a', 'b', 'c']);
    await pass(1_100);
    expect(sent).toEqual(['a', 'b', 'c', 'a']);
    expect(outcomes.at(-1)).toMatchObject({ deliveryId: 'a', attempts: 1, result: { status: 'delivered' } });
  });

  it('tries what is new and what was tried before in turn', async () => {
    waiting('a', 'b', 'c');
    again = ['x', 'y'].map((id) => ({ delivery: delivery(id, 1), dueAt: 0 }));
    start();
    await pass(10);
    expect(sent).toEqual(['a', 'x', 'b', 'y', 'c']);
  });

  it('reads nothing again before it is written what came of it', async () => {
    waiting('a', 'b', 'c', 'd');
    const written: (() => void)[] = [];
    write = () => new Promise((resolve) => written.push(resolve));
    start();
    await pass(100);
    expect(sent).toEqual(['a', 'b', 'c']);
    expect(reads).toHaveLength(1);
    write = () => Promise.resolve();
    for (const finish of written) finish();
    await pass(10);
    expect(sent).toEqual(['a', 'b', 'c', 'd']);
  });

  it('lets a delivery die with the last attempt of the policy', async () => {
    again = [{ delivery: delivery('a', 2), dueAt: 0 }];
    answer = () => FAILED;
    start();
    await pass(10);
    expect(outcomes).toMatchObject([{ deliveryId: 'a', attempts: 2, httpStatus: 500, result: { status: 'dead' } }]);
  });
});

describe('an endpoint that keeps failing', () => {
  beforeEach(() => {
    waiting(...Array.from({ length: 200 }, (_, n) => `n${n}`));
    answer = () => FAILED;
    start();
  });
  const tried = (): number => new Set(sent).size;

  it('is not sent all that waits for it, but what failed when that is due', async () => {
    await pass(60_000);
    expect(tried()).toBeLessThan(20);
    expect(outcomes.filter(({ deliveryId }) => deliveryId === 'n0')).toHaveLength(3);
    expect(reads.slice(2).every((limit) => limit === 1)).toBe(true);
  });

  it('is looked at now and then by something new, whatever comes, and gets everything once it is back', async () => {
    await pass(60_000);
    const before = tried();
    for (let n = 0; n < 120; n++) {
      worker.poke();
      await pass(500);
    }
    expect(tried() - before).toBeGreaterThanOrEqual(1);
    expect(tried() - before).toBeLessThan(5);
    answer = () => OK;
    await pass(31_000);
    expect(first).toEqual([]);
  });

  it('gets everything at once when the webhook was changed', async () => {
    await pass(60_000);
    answer = () => OK;
    worker.refresh();
    await pass(100);
    expect(first).toEqual([]);
  });
});

describe('work on a lane ends', () => {
  it('with the attempt that is under way, when it is told to', async () => {
    waiting('a', 'b');
    answer = take(10, OK);
    start();
    await pass(5);
    worker.stop();
    await pass(10);
    expect(sent).toEqual(['a']);
    expect(outcomes).toHaveLength(1);
    expect(hasEnded).toBe(true);
  });

  it('when the claim can be relied on no longer', async () => {
    waiting('a', 'b', 'c');
    answer = take(10, OK);
    start(15);
    await pass(100);
    expect(sent).toEqual(['a', 'b']);
    expect(hasEnded).toBe(true);
  });

  it('when the webhook is gone, or not active', async () => {
    waiting('a');
    destination = () => Promise.resolve(undefined);
    start();
    await pass(10);
    expect(sent).toEqual([]);
    expect(hasEnded).toBe(true);
  });

  it('and writes nothing of an attempt that was broken off', async () => {
    waiting('a', 'b');
    answer = () => ({ ok: false, error: 'aborted', latencyMs: 1 });
    start();
    await pass(10);
    expect(sent).toEqual(['a']);
    expect(outcomes).toEqual([]);
    expect(hasEnded).toBe(true);
  });
});

describe('a change of the webhook', () => {
  it('counts before the next attempt: what was read before is read again', async () => {
    waiting('a', 'b', 'c');
    answer = take(10, OK);
    start();
    await pass(5);
    first = first.filter(({ id }) => id !== 'b');
    worker.refresh();
    await pass(50);
    expect(sent).toEqual(['a', 'c']);
  });

  it('that comes while the webhook is read keeps it from being used', async () => {
    waiting('a');
    let known = (): void => undefined;
    destination = () => new Promise((resolve) => (known = () => resolve(DESTINATION)));
    start();
    await pass(5);
    destination = () => Promise.resolve(undefined);
    worker.refresh();
    known();
    await pass(5);
    expect(sent).toEqual([]);
    expect(hasEnded).toBe(true);
  });
});

describe('what was read for a webhook', () => {
  it('is not sent to what it has become since, though nobody told: it is read again', async () => {
    waiting('a', 'b');
    const changed = { ...DESTINATION, target: { url: 'http://two.example/', secret: 's', headers: {} }, asOf: 8 };
    const wanted: number[] = [];
    destination = (as) => {
      wanted.push(as);
      [asOf, first] = [changed.asOf, first.filter(({ id }) => id !== 'a')];
      return Promise.resolve(changed);
    };
    start();
    await pass(10);
    expect(sent).toEqual(['b']);
    expect(wanted).toEqual([7, 8]);
  });

  it('and is wanted no longer is left out, however much there is', async () => {
    waiting('a', 'b');
    unwanted = 10;
    start();
    await pass(10);
    expect(sent).toEqual(['a', 'b']);
  });
});

describe('a webhook whose secrets nobody can read', () => {
  it('is sent nothing, which counts as a failure, and is said', async () => {
    waiting('a');
    const place = { owner: { type: 'webhook', id: 'w' }, kind: 'webhook secrets', id: '' } as const;
    const target = new CredentialsUnreadableError(place, 'k', false);
    destination = () => Promise.resolve({ ...DESTINATION, target });
    start();
    await pass(10);
    expect(sent).toEqual([]);
    expect(outcomes).toMatchObject([{ deliveryId: 'a', error: 'secrets_unreadable', result: { status: 'again' } }]);
    expect(troubles).toEqual([target]);
    await pass(10_000);
    expect(outcomes.map(({ result }) => result.status)).toEqual(['again', 'again', 'dead']);
  });
});

describe('what cannot be done for now', () => {
  it('is said, and tried again later each time', async () => {
    waiting('a');
    destination = () => Promise.reject(new Error('away'));
    start();
    await pass(20_000);
    expect(troubles.length).toBeGreaterThan(3);
    expect(troubles.length).toBeLessThan(12);
    destination = () => Promise.resolve(DESTINATION);
    await pass(5_000);
    expect(sent).toEqual(['a']);
  });

  it('is said when it cannot be written what came of an attempt, which is made again', async () => {
    waiting('a');
    write = () => Promise.reject(new Error('cannot be written'));
    start();
    await pass(100);
    expect(sent).toEqual(['a']);
    expect(troubles).toHaveLength(1);
    write = () => Promise.resolve();
    await pass(500);
    expect(sent).toEqual(['a', 'a']);
  });
});
