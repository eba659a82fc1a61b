import { setTimeout as delay } from 'node:timers/promises';
import { atMost, told, type Figure } from './support/figure.js';
import type { Gateway } from './support/gateway.js';
import type { Lab } from './support/lab.js';
import { linkSessions } from './support/link-sessions.js';
import type { SeededDatabase } from './support/seeded-database.js';
import type { SimulatorProcess } from './support/simulator.js';
import { median, megabytes } from './support/statistics.js';

const SESSIONS = 200;
const GROUPS = 10;
const MEMBERS = 50;
const MOST_PER_SESSION_MB = 1;
const MOST_BASE_MB = 200;
/** Long enough for what starting left behind to be collected, as far as it is. */
const REST_MS = 10_000;
const SAMPLES = 10;

/** What the gateway's process holds with no session, and with many of them. */
export const sessionMemory: Figure = {
  name: 'session-memory',
  async run(lab) {
    const [simulator, database] = await Promise.all([lab.simulator(), lab.database()]);
    const base = await residentMemory(lab, simulator, database, 0);
    await linkSessions(simulator, database, { sessions: SESSIONS, groups: GROUPS, members: MEMBERS });
    const full = await residentMemory(lab, simulator, database, SESSIONS);
    return [
      atMost('memory with no session', { value: base.resting, most: MOST_BASE_MB, unit: 'MB' }),
      atMost(`one more session with ${GROUPS} groups`, {
        value: (full.resting - base.resting) / SESSIONS,
        most: MOST_PER_SESSION_MB,
        unit: 'MB',
        measured: `${megabytes(full.resting)} with ${SESSIONS}`,
        baseline: `${megabytes(base.resting)} with 0`,
      }),
      told('  most at any time', megabytes(full.peak), megabytes(base.peak)),
    ];
  },
};

async function residentMemory(
  lab: Lab,
  simulator: SimulatorProcess,
  database: SeededDatabase,
  sessions: number,
): Promise<{ resting: number; peak: number }> {
  const since = Date.now();
  const gateway = await lab.gateway({ database, simulator });
  await gateway.ready();
  await gateway.working(sessions, since);
  await database.groupsStored(sessions * GROUPS);
  await delay(REST_MS);
  const samples = await sample(gateway);
  const peak = gateway.residentMemory.most;
  await gateway.end();
  return { resting: median(samples), peak };
}

async function sample(gateway: Gateway): Promise<number[]> {
  const samples: number[] = [];
  for (let taken = 0; taken < SAMPLES; taken++) {
    samples.push(gateway.residentMemory.now);
    await delay(200);
  }
  return samples;
}
