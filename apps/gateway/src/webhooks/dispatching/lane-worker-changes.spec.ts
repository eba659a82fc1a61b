import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { CredentialsUnreadableError } from '#store';
import { DESTINATION, LaneInMemory, OK, take } from './spec-support/lane-in-memory.js';

let lane: LaneInMemory;

beforeEach(() => {
  jest.useFakeTimers();
  lane = new LaneInMemory();
});
afterEach(async () => {
  await lane.stop();
  jest.useRealTimers();
});

describe('a change of the webhook', () => {
  it('counts before the next attempt: what was read before is read again', async () => {
    lane.waiting('a', 'b', 'c');
    lane.answer = take(10, OK);
    lane.start();
    await lane.pass(5);
    lane.first = lane.first.filter(({ id }) => id !== 'b');
    lane.worker.refresh();
    await lane.pass(50);
    expect(lane.sent).toEqual(['a', 'c']);
  });

  it('that comes while the webhook is read keeps it from being used', async () => {
    lane.waiting('a');
    let known = (): void => undefined;
    lane.destination = () => new Promise((resolve) => (known = () => resolve(DESTINATION)));
    lane.start();
    await lane.pass(5);
    lane.destination = () => Promise.resolve(undefined);
    lane.worker.refresh();
    known();
    await lane.pass(5);
    expect(lane.sent).toEqual([]);
    expect(lane.hasEnded).toBe(true);
  });
});

describe('what was read for a webhook', () => {
  it('is not sent to what it has become since, though nobody told: it is read again', async () => {
    lane.waiting('a', 'b');
    const changed = { ...DESTINATION, target: { url: 'http://two.example/', secret: 's', headers: {} }, asOf: 8 };
    const wanted: number[] = [];
    lane.destination = (as) => {
      wanted.push(as);
      [lane.asOf, lane.first] = [changed.asOf, lane.first.filter(({ id }) => id !== 'a')];
      return Promise.resolve(changed);
    };
    lane.start();
    await lane.pass(10);
    expect(lane.sent).toEqual(['b']);
    expect(wanted).toEqual([7, 8]);
  });

  it('and is wanted no longer is left out, however much there is', async () => {
    lane.waiting('a', 'b');
    lane.unwanted = 10;
    lane.start();
    await lane.pass(10);
    expect(lane.sent).toEqual(['a', 'b']);
  });
});

describe('a webhook whose secrets nobody can read', () => {
  it('is sent nothing, which counts as a failure, and is said', async () => {
    lane.waiting('a');
    const place = { owner: { type: 'webhook', id: 'w' }, kind: 'webhook secrets', id: '' } as const;
    const target = new CredentialsUnreadableError(place, 'k', false);
    lane.destination = () => Promise.resolve({ ...DESTINATION, target });
    lane.start();
    await lane.pass(10);
    expect(lane.sent).toEqual([]);
    expect(lane.outcomes).toMatchObject([
      { deliveryId: 'a', error: 'secrets_unreadable', result: { status: 'again' } },
    ]);
    expect(lane.troubles).toEqual([target]);
    await lane.pass(10_000);
    expect(lane.outcomes.map(({ result }) => result.status)).toEqual(['again', 'again', 'dead']);
  });
});

describe('what cannot be done for now', () => {
  it('is said, and tried again later each time', async () => {
    lane.waiting('a');
    lane.destination = () => Promise.reject(new Error('away'));
    lane.start();
    await lane.pass(20_000);
    expect(lane.troubles.length).toBeGreaterThan(3);
    expect(lane.troubles.length).toBeLessThan(12);
    lane.destination = () => Promise.resolve(DESTINATION);
    await lane.pass(5_000);
    expect(lane.sent).toEqual(['a']);
  });

  it('is said when it cannot be written what came of an attempt, which is made again', async () => {
    lane.waiting('a');
    lane.write = () => Promise.reject(new Error('cannot be written'));
    lane.start();
    await lane.pass(100);
    expect(lane.sent).toEqual(['a']);
    expect(lane.troubles).toHaveLength(1);
    lane.write = () => Promise.resolve();
    await lane.pass(500);
    expect(lane.sent).toEqual(['a', 'a']);
  });
});
