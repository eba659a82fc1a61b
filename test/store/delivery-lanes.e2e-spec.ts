import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ProcessLock, WEBHOOK_LANES } from '#store';
import { DeliveryLab, LONG_MS, ME, NOTHING, again, outcome } from './delivery-lab.js';

let lab: DeliveryLab;

beforeAll(async () => {
  lab = await DeliveryLab.start();
});
afterAll(() => lab.stop());
beforeEach(() => lab.clear());

const OTHER = { name: 'other' };

describe('a lane', () => {
  const locks: ProcessLock[] = [];
  afterEach(() => Promise.all(locks.splice(0).map((lock) => lock.release())));
  const hold = async (): Promise<ProcessLock> => {
    const lock = await ProcessLock.acquire(lab.store.url, { onEvent: () => undefined, patienceMs: 5_000 });
    locks.push(lock);
    return lock;
  };

  beforeEach(async () => {
    await lab.webhook();
    await lab.events({}, {}, {});
    await lab.handOutAll();
  });

  it('is claimed by one process while it lasts, and by the next once it ran out', async () => {
    const claim = await lab.claimOne(0);
    const next = await lab.claimOne();
    expect(next).toMatchObject({ webhookId: claim.webhookId, lane: claim.lane });
    expect((await lab.lanes.claimDue(OTHER, LONG_MS, 100)).claims).toEqual([]);
    expect(await lab.lanes.claim([claim], OTHER, LONG_MS)).toEqual([]);
    expect(await lab.lanes.renew([claim, next], LONG_MS)).toEqual([next]);
  });

  it('can be asked for by name, and its holder is told when it cannot be had', async () => {
    const claim = await lab.claimOne();
    const told: (string | undefined)[] = [];
    lab.client.on('notification', ({ payload }) => told.push(payload));
    await lab.client.query('listen gateway_lanes');
    expect(await lab.lanes.claim([claim], OTHER, LONG_MS)).toEqual([]);
    await lab.client.query('unlisten gateway_lanes');
    expect(told).toEqual([`${claim.webhookId}/${claim.lane}`]);
    await lab.lanes.release([claim]);
    expect(await lab.lanes.claim([claim], OTHER, LONG_MS)).toMatchObject([
      { webhookId: claim.webhookId, lane: claim.lane },
    ]);
  });

  it('that is given back can be claimed at once, and a former claim gives back nothing', async () => {
    const former = await lab.claimOne(0);
    const claim = await lab.claimOne();
    await lab.lanes.release([former]);
    expect((await lab.lanes.claimDue(OTHER, LONG_MS, 100)).claims).toEqual([]);
    await lab.lanes.release([claim]);
    expect((await lab.lanes.claimDue(OTHER, LONG_MS, 100)).claims).toHaveLength(1);
  });

  it('is free at once when the process that had it is gone', async () => {
    const first = await hold();
    expect((await lab.lanes.claimDue(first.holder, LONG_MS, 100)).claims).toHaveLength(1);
    expect((await lab.lanes.claimDue(OTHER, LONG_MS, 100)).claims).toEqual([]);
    await first.release();
    const next = await hold();
    expect((await lab.lanes.claimDue(next.holder, LONG_MS, 100)).claims).toHaveLength(1);
  });

  it('of a webhook that is not active is nobody’s, and tells nothing to whoever had it', async () => {
    const claim = await lab.claimOne();
    await lab.client.query('update webhooks set active = false');
    expect(await lab.work.read(claim, 50)).toEqual(NOTHING);
    await lab.lanes.release([claim]);
    expect((await lab.lanes.claimDue(ME, LONG_MS, 100)).claims).toEqual([]);
    expect(await lab.lanes.claim([claim], ME, LONG_MS)).toEqual([]);
  });

  it('in which nothing is due yet is left alone, and it is said how long', async () => {
    const claim = await lab.claimOne();
    const { first } = await lab.work.read(claim, 50);
    await lab.outcomes.write(first.map((delivery) => outcome(claim, delivery, again(LONG_MS))));
    // Whoever works on it sees to that.
    expect(await lab.lanes.claimDue(ME, LONG_MS, 100)).toEqual({ claims: [] });
    await lab.lanes.release([claim]);
    const due = await lab.lanes.claimDue(ME, LONG_MS, 100);
    expect(due.claims).toEqual([]);
    expect(due.nextDueMs).toBeGreaterThan(LONG_MS / 2);
    expect(due.nextDueMs).toBeLessThanOrEqual(LONG_MS);
  });

  it('is found among those of many webhooks', async () => {
    for (let n = 0; n < 12; n++) await lab.webhook();
    await lab.events(...Array.from({ length: 30 }, (_, n) => ({ sessionId: `s${n}` })));
    await lab.handOutAll();
    const one = await lab.lanes.claimDue(ME, LONG_MS, 10);
    const rest = await lab.lanes.claimDue(OTHER, LONG_MS, 1_000);
    expect(one.claims).toHaveLength(10);
    const keys = [...one.claims, ...rest.claims].map(({ webhookId, lane }) => `${webhookId}/${lane}`);
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys).toHaveLength(13 * WEBHOOK_LANES);
  });
});
