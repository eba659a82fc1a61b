import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { FAILED, LINGER_MS, LaneInMemory, OK, delivery, take } from './spec-support/lane-in-memory.js';

let lane: LaneInMemory;

beforeEach(() => {
  jest.useFakeTimers();
  lane = new LaneInMemory();
});
afterEach(async () => {
  await lane.stop();
  jest.useRealTimers();
});

describe('a lane that is worked on', () => {
  it('is emptied in order, one attempt after the other, and given back when nothing comes for a while', async () => {
    lane.waiting('a', 'b', 'c', 'd', 'e');
    let open = 0;
    lane.answer = async () => {
      expect(++open).toBe(1);
      const attempt = await take(10, OK)();
      open--;
      return attempt;
    };
    lane.start();
    await lane.pass(60);
    expect(lane.sent).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(lane.outcomes.map(({ result }) => result.status)).toEqual(Array.from({ length: 5 }, () => 'delivered'));
    await lane.pass(LINGER_MS - 20);
    expect(lane.hasEnded).toBe(false);
    await lane.pass(50);
    expect(lane.hasEnded).toBe(true);
  });

  it('is looked at once for what was there, and again when something came', async () => {
    lane.waiting('a');
    lane.start();
    await lane.pass(10);
    expect(lane.reads).toHaveLength(1);
    lane.waiting('b');
    lane.worker.poke();
    await lane.pass(10);
    expect(lane.sent).toEqual(['a', 'b']);
    expect(lane.reads).toHaveLength(2);
  });

  it('is looked at again for what came while attempts were under way', async () => {
    lane.waiting('a');
    lane.answer = take(10, OK);
    lane.start();
    await lane.pass(5);
    lane.waiting('b');
    lane.worker.poke();
    await lane.pass(30);
    expect(lane.sent).toEqual(['a', 'b']);
  });

  it('does not wait for what failed, which comes again in between when it is due', async () => {
    lane.waiting('a', 'b', 'c');
    lane.answer = (id) => (id === 'a' && lane.sent.filter((one) => one === 'a').length < 2 ? FAILED : OK);
    lane.start();
    await lane.pass(10);
    expect(lane.sent).toEqual(['a', 'b', 'c']);
    await lane.pass(1_100);
    expect(lane.sent).toEqual(['a', 'b', 'c', 'a']);
    expect(lane.outcomes.at(-1)).toMatchObject({ deliveryId: 'a', attempts: 1, result: { status: 'delivered' } });
  });

  it('tries what is new and what was tried before in turn', async () => {
    lane.waiting('a', 'b', 'c');
    lane.again = ['x', 'y'].map((id) => ({ delivery: delivery(id, 1), dueAt: 0 }));
    lane.start();
    await lane.pass(10);
    expect(lane.sent).toEqual(['a', 'x', 'b', 'y', 'c']);
  });

  it('reads nothing again before it is written what came of it', async () => {
    lane.waiting('a', 'b', 'c', 'd');
    const written: (() => void)[] = [];
    lane.write = () => new Promise((resolve) => written.push(resolve));
    lane.start();
    await lane.pass(100);
    expect(lane.sent).toEqual(['a', 'b', 'c']);
    expect(lane.reads).toHaveLength(1);
    lane.write = () => Promise.resolve();
    for (const finish of written) finish();
    await lane.pass(10);
    expect(lane.sent).toEqual(['a', 'b', 'c', 'd']);
  });

  it('lets a delivery die with the last attempt of the policy', async () => {
    lane.again = [{ delivery: delivery('a', 2), dueAt: 0 }];
    lane.answer = () => FAILED;
    lane.start();
    await lane.pass(10);
    expect(lane.outcomes).toMatchObject([
      { deliveryId: 'a', attempts: 2, httpStatus: 500, result: { status: 'dead' } },
    ]);
  });
});

describe('an endpoint that keeps failing', () => {
  beforeEach(() => {
    lane.waiting(...Array.from({ length: 200 }, (_, n) => `n${n}`));
    lane.answer = () => FAILED;
    lane.start();
  });
  const tried = (): number => new Set(lane.sent).size;

  it('is not sent all that waits for it, but what failed when that is due', async () => {
    await lane.pass(60_000);
    expect(tried()).toBeLessThan(20);
    expect(lane.outcomes.filter(({ deliveryId }) => deliveryId === 'n0')).toHaveLength(3);
    expect(lane.reads.slice(2).every((limit) => limit === 1)).toBe(true);
  });

  it('is looked at now and then by something new, whatever comes, and gets everything once it is back', async () => {
    await lane.pass(60_000);
    const before = tried();
    for (let n = 0; n < 120; n++) {
      lane.worker.poke();
      await lane.pass(500);
    }
    expect(tried() - before).toBeGreaterThanOrEqual(1);
    expect(tried() - before).toBeLessThan(5);
    lane.answer = () => OK;
    await lane.pass(31_000);
    expect(lane.first).toEqual([]);
  });

  it('gets everything at once when the webhook was changed', async () => {
    await lane.pass(60_000);
    lane.answer = () => OK;
    lane.worker.refresh();
    await lane.pass(100);
    expect(lane.first).toEqual([]);
  });
});

describe('work on a lane ends', () => {
  it('with the attempt that is under way, when it is told to', async () => {
    lane.waiting('a', 'b');
    lane.answer = take(10, OK);
    lane.start();
    await lane.pass(5);
    lane.worker.stop();
    await lane.pass(10);
    expect(lane.sent).toEqual(['a']);
    expect(lane.outcomes).toHaveLength(1);
    expect(lane.hasEnded).toBe(true);
  });

  it('when the claim can be relied on no longer', async () => {
    lane.waiting('a', 'b', 'c');
    lane.answer = take(10, OK);
    lane.start(15);
    await lane.pass(100);
    expect(lane.sent).toEqual(['a', 'b']);
    expect(lane.hasEnded).toBe(true);
  });

  it('when the webhook is gone, or not active', async () => {
    lane.waiting('a');
    lane.destination = () => Promise.resolve(undefined);
    lane.start();
    await lane.pass(10);
    expect(lane.sent).toEqual([]);
    expect(lane.hasEnded).toBe(true);
  });

  it('and writes nothing of an attempt that was broken off', async () => {
    lane.waiting('a', 'b');
    lane.answer = () => ({ ok: false, error: 'aborted', latencyMs: 1 });
    lane.start();
    await lane.pass(10);
    expect(lane.sent).toEqual(['a']);
    expect(lane.outcomes).toEqual([]);
    expect(lane.hasEnded).toBe(true);
  });
});
