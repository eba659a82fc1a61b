import { writeFile } from 'node:fs/promises';
import { atMost, sized, told } from './support/figure.js';
import type { Lab } from './support/lab.js';
import { linkSessions } from './support/link-sessions.js';
import type { RawSocketsParameters } from './support/raw-sockets.js';
import type { SeededDatabase } from './support/seeded-database.js';
import type { LinkedDevice, SimulatorProcess } from './support/simulator.js';
import { median, ms, spread } from './support/statistics.js';
import { until } from './support/wait.js';

/** As many as the gateway connects at once. */
const AT_ONCE = 10;
const MOST_TIMES = 2;

/** How long many linked sessions are away when the gateway starts again, beside as many bare sockets in a process of their own. */
export const restartMany = sized({
  name: 'restart-many',
  size: { sessions: 200, groups: 2, members: 20, rounds: 3 },
  async run(lab, { sessions, groups, members, rounds }) {
    const [simulator, database] = await Promise.all([lab.simulator(), lab.database()]);
    const devices = await linkSessions(simulator, database, { sessions, groups, members });
    const file = lab.file('json');
    await writeFile(file, JSON.stringify(devices satisfies LinkedDevice[]));
    await gatewayTime(lab, simulator, database, sessions);
    const times = { gateway: [] as number[], raw: [] as number[] };
    for (let round = 0; round < rounds; round++) {
      times.raw.push(await rawTime(lab, simulator, file));
      times.gateway.push(await gatewayTime(lab, simulator, database, sessions));
    }
    const [gateway, raw] = [median(times.gateway), median(times.raw)];
    return [
      atMost(
        `last of ${sessions} sessions working after a restart`,
        {
          value: gateway / raw,
          most: MOST_TIMES,
          unit: 'times',
          measured: ms(gateway),
          baseline: `${ms(raw)}, bare sockets, ${AT_ONCE} at once`,
        },
        2,
      ),
      told('  each', spread(times.gateway), spread(times.raw)),
    ];
  },
});

/** Milliseconds from the start of the process until its last session was working. */
async function gatewayTime(
  lab: Lab,
  simulator: SimulatorProcess,
  database: SeededDatabase,
  sessions: number,
): Promise<number> {
  const since = Date.now();
  const gateway = await lab.gateway({ database, simulator });
  await database.working(sessions, since);
  const took = performance.now() - gateway.startedAt;
  await gateway.end();
  return took;
}

/** Milliseconds from the start of the process until its last socket was open. */
async function rawTime(lab: Lab, simulator: SimulatorProcess, devices: string): Promise<number> {
  const { url, rootKey } = simulator;
  const parameters: RawSocketsParameters = { url, rootKey, devices, atOnce: AT_ONCE };
  const program = lab.helper('raw-sockets', parameters);
  await until(
    'the bare sockets',
    () => {
      program.assertRunning();
      return program.output.includes('open') || undefined;
    },
    { everyMs: 10, timeoutMs: 120_000 },
  );
  const took = performance.now() - program.startedAt;
  await program.end();
  return took;
}
