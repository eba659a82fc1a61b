import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '../bench/support/wait.js';
import { chaosSettings } from './chaos/settings.js';
import { readMembers, retold, type LoggedEvent } from './events-crash/log-and-store.js';
import { Rig } from './events-crash/rig.js';
import { CHANGES, KILLS } from './events-crash/settings.js';

const { seed } = chaosSettings();
/** What a machine may take that is busy with everything else. */
const STORM_MS = 400_000;
const SETTLE_MS = 150_000;

async function arrives(what: string, isThere: () => boolean): Promise<void> {
  await until(what, () => isThere() || undefined, { everyMs: 100, timeoutMs: SETTLE_MS });
}

describe(`events, CHAOS_SEED=${seed}`, () => {
  let rig: Rig;
  /** What happened since the changes began. */
  let log: LoggedEvent[];
  let ids: string[];

  beforeAll(async () => {
    process.stdout.write(`events: CHAOS_SEED=${seed}, ${CHANGES} changes, ${KILLS} kills\n`);
    rig = await Rig.start(seed);
    await rig.storm();
    log = (await rig.settled(SETTLE_MS)).slice(rig.start.events);
    ids = log.map(({ id }) => id);
  }, STORM_MS + SETTLE_MS);

  afterAll(() => rig.stop(), SETTLE_MS);

  it('are all in the log, however often the gateway is killed: what they tell is what is stored', async () => {
    expect([rig.gateway.kills, rig.gateway.deaths]).toEqual([KILLS, []]);
    expect(new Set(ids).size).toBe(ids.length);
    expect(retold(rig.start.members, log)).toEqual(await readMembers(rig.database));
  });

  it(
    'reach every webhook at least once, and for the first time in the order of each session',
    async () => {
      for (const receiver of rig.receivers) {
        await arrives('every event is accepted', () => ids.every((id) => receiver.accepted.has(id)));
        const arrivals = [...receiver.arrived];
        for (const session of rig.sessions.values()) {
          const told = log.filter(({ session_id }) => session_id === session).map(({ id }) => id);
          const own = new Set(told);
          expect(arrivals.filter((id) => own.has(id))).toEqual(told);
        }
        expect(receiver.failures / receiver.requests).toBeCloseTo(1 / 3, 1);
      }
    },
    2 * SETTLE_MS,
  );

  it(
    'come once and in order to a reader that resumes, over a WebSocket and as Server-Sent Events',
    async () => {
      for (const reader of rig.readers) {
        await arrives('every event is read', () => reader.ids.length >= ids.length);
        expect(reader.ids).toEqual(ids);
        expect(reader.connections).toBeGreaterThan(KILLS);
      }
    },
    2 * SETTLE_MS,
  );
});
