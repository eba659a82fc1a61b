import { setTimeout as delay } from 'node:timers/promises';
import { atMost, sized, told } from './support/figure.js';
import type { Lab } from './support/lab.js';
import { linkSessions } from './support/link-sessions.js';
import type { SeededDatabase } from './support/seeded-database.js';
import type { SimulatorProcess } from './support/simulator.js';
import { megabytes } from './support/statistics.js';

const MOST_MB = 1_200;
const MOST_CPU_PERCENT = 5;
/** A process that has nothing to collect has settled sooner. */
const EMPTY_REST_SECONDS = 10;

/** What very many connected sessions hold in one process, and what they cost while nothing happens. */
export const manySessions = sized({
  name: 'many-sessions',
  /** `rest`: about a minute after the last work Node collects, once, all that starting left behind; then it has settled. */
  size: { sessions: 1_000, groups: 1, members: 10, rest: 90, seconds: 30 },
  async run(lab, { sessions, groups, members, rest, seconds }) {
    const [simulator, database] = await Promise.all([lab.simulator(), lab.database()]);
    const empty = await idle(lab, simulator, database, { sessions: 0, groups: 0, rest: EMPTY_REST_SECONDS, seconds });
    await linkSessions(simulator, database, { sessions, groups, members });
    const full = await idle(lab, simulator, database, { sessions, groups, rest, seconds });
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
  { sessions, groups, rest, seconds }: { sessions: number; groups: number; rest: number; seconds: number },
): Promise<{ memory: number; peak: number; cpuPercent: number }> {
  const startedAt = Date.now();
  const gateway = await lab.gateway({ database, simulator });
  await gateway.ready();
  await database.working(sessions, startedAt);
  await database.groupsStored(sessions * groups);
  await delay(rest * 1_000);
  const [used, since] = [gateway.cpuSeconds, performance.now()];
  await delay(seconds * 1_000);
  const cpuPercent = (100_000 * (gateway.cpuSeconds - used)) / (performance.now() - since);
  const { now: memory, most: peak } = gateway.residentMemory;
  await database.working(sessions, startedAt);
  await gateway.end();
  return { memory, peak, cpuPercent };
}
