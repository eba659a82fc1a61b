import { atMost, told, type Figure } from './support/figure.js';
import type { Lab } from './support/lab.js';
import { linkSessions } from './support/link-sessions.js';
import type { SeededDatabase } from './support/seeded-database.js';
import type { SimulatorProcess } from './support/simulator.js';
import { median, ms, spread } from './support/statistics.js';

const SESSIONS = 30;
const GROUPS = 10;
const MEMBERS = 50;
const ROUNDS = 5;
const MOST_ABOVE_MS = 1_500;

const SIGNALS = ['SIGTERM', 'SIGKILL'] as const;

/** How long a gateway with linked sessions is away when it stops, or is killed, and starts again. */
export const restart: Figure = {
  name: 'restart',
  async run(lab) {
    const [simulator, empty, full] = await Promise.all([lab.simulator(), lab.database(), lab.database()]);
    await linkSessions(simulator, full, { sessions: SESSIONS, groups: GROUPS, members: MEMBERS });
    await startAndEnd(lab, simulator, full, SESSIONS, 'SIGTERM');
    const times = { none: [] as number[], SIGTERM: [] as number[], SIGKILL: [] as number[] };
    for (let round = 0; round < ROUNDS; round++) {
      times.none.push(await startAndEnd(lab, simulator, empty, 0, 'SIGTERM'));
      // The one that is measured comes after one that ended by the signal.
      for (const signal of SIGNALS) {
        await startAndEnd(lab, simulator, full, SESSIONS, signal);
        times[signal].push(await startAndEnd(lab, simulator, full, SESSIONS, 'SIGTERM'));
      }
    }
    const ready = median(times.none);
    return SIGNALS.flatMap((signal) => [
      atMost(
        `last of ${SESSIONS} sessions working after ${signal}`,
        {
          value: median(times[signal]) - ready,
          most: MOST_ABOVE_MS,
          unit: 'ms',
          measured: ms(median(times[signal])),
          baseline: `${ms(ready)}, ready with none`,
        },
        0,
      ),
      told('  each', spread(times[signal]), spread(times.none)),
    ]);
  },
};

/** Milliseconds from the start until it was ready and its last session working. */
async function startAndEnd(
  lab: Lab,
  simulator: SimulatorProcess,
  database: SeededDatabase,
  sessions: number,
  signal: NodeJS.Signals,
): Promise<number> {
  const since = Date.now();
  const gateway = await lab.gateway({ database, simulator });
  await gateway.ready();
  if (sessions > 0) await gateway.working(sessions, since);
  const took = performance.now() - gateway.startedAt;
  await gateway.end(signal);
  return took;
}
