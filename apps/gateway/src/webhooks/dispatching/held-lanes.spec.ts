import { describe, expect, it } from '@jest/globals';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { GatewayUnavailableError } from '#errors';
import type { LaneClaim } from '#store';
import { HeldLanes } from './held-lanes.js';
import type { LaneParts } from './lane-worker.js';

const CLAIM: LaneClaim = { webhookId: 'wh_1', lane: 3, claimId: 'c' };

/** Lanes in which there is nothing to do, over a database that is away for so many releases. */
class Rig {
  readonly released: boolean[] = [];
  readonly troubles: unknown[] = [];
  freed = 0;
  readonly held: HeldLanes;

  constructor(private away: number) {
    const parts = {
      work: { read: () => Promise.resolve({ first: [], again: [] }) },
      readSize: () => 1,
      lingerMs: 0,
    } as unknown as LaneParts;
    const lanes = { renew: () => Promise.resolve([]), release: () => this.release() };
    this.held = new HeldLanes(lanes, parts, {
      ttlMs: 60_000,
      onReleased: () => this.freed++,
      onTrouble: (error) => this.troubles.push(error),
    });
    this.held.take([CLAIM], performance.now());
  }

  async hasTried(releases: number): Promise<void> {
    while (this.released.length < releases) await nextTurn();
  }

  private release(): Promise<void> {
    const isAway = this.away-- > 0;
    this.released.push(!isAway);
    return isAway ? Promise.reject(new GatewayUnavailableError('away', 5)) : Promise.resolve();
  }
}

describe('a lane in which nothing is left to do', () => {
  it('is given back once the database is there again, and looked at only then', async () => {
    const rig = new Rig(2);
    await rig.hasTried(2);
    await nextTurn();
    expect(rig.freed).toBe(0);
    await rig.hasTried(3);
    await nextTurn();
    expect(rig.freed).toBe(1);
    expect(rig.released).toEqual([false, false, true]);
    expect(rig.troubles).toHaveLength(2);
    await rig.held.close();
  });

  it('is left to run out when the process ends without a database', async () => {
    const rig = new Rig(Infinity);
    await rig.hasTried(1);
    await rig.held.close();
    expect(rig.released.length).toBeLessThan(4);
  });
});
