import { setTimeout as delay } from 'node:timers/promises';
import { atMost, sized, told } from './support/figure.js';
import type { Lab } from './support/lab.js';
import { linkSessions } from './support/link-sessions.js';
import type { SeededDatabase } from './support/seeded-database.js';
import type { SimulatorProcess } from './support/simulator.js';
import { megabytes } from './support/statistics.js';

const MOST_MB = 1_200;
const MOST_CPU_PERCENT = 5;
/** Long enough for what starting left behind to be collected, as far as it is. */
const REST_MS = 30_000;

/** What very many connected sessions hold in one process, and what they cost while nothing happens. */
export const manySessions = sized({
  name: 'many-sessions',
  size: { sessions: 1_000, groups: 1, members: 10, seconds: 30 },
  async run(lab, { sessions, groups, members, seconds }) {
    const [simulator, database] = await Promise.all([lab.simulator(), lab.database()]);
    const empty = await idle(lab, simulator, database, { sessions: 0, groups: 0, seconds });
    await linkSessions(simulator, database, { sessions, groups, members });
    const full = await idle(lab, simulator, database, { sessions, groups, seconds });
    return [
      atMost(`memory with ${sessions} sessions`, {
        value: full.memory,
        most: MOST_MB,
        unit: 'MB',
        baseline: `${megabytes(empty.memory)} with none`,
      }),
      atMost(
        `CPU of a core with ${sessions} idle sessions`,
        {
          value: full.cpuPercent,
          most: MOST_CPU_PERCENT,
          unit: '%',
          baseline: `${empty.cpuPercent.toFixed(1)} % with none`,
        },
        1,
      ),
      told('  most memory at any time', megabytes(full.peak), megabytes(empty.peak)),
    ];
  },
});

async function idle(
  lab: Lab,
  simulator: SimulatorProcess,
  database: SeededDatabase,
  { sessions, groups, seconds }: { sessions: number; groups: number; seconds: number },
): Promise<{ memory: number; peak: number; cpuPercent: number }> {
  const startedAt = Date.now();
  const gateway = await lab.gateway({ database, simulator });
  await gateway.ready();
  await database.working(sessions, startedAt);
  await database.groupsStored(sessions * groups);
  await delay(REST_MS);
  const [used, since] = [gateway.cpuSeconds, performance.now()];
  await delay(seconds * 1_000);
  const cpuPercent = (100_000 * (gateway.cpuSeconds - used)) / (performance.now() - since);
  const { now: memory, most: peak } = gateway.residentMemory;
  await database.working(sessions, startedAt);
  await gateway.end();
  return { memory, peak, cpuPercent };
}
