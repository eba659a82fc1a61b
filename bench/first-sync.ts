import { atMost, told, type Figure } from './support/figure.js';
import { eventLoopHeld } from './support/event-loop.js';
import type { Lab } from './support/lab.js';
import { rawSocket } from './support/raw-socket.js';
import { phoneNumbers, type SimulatorProcess } from './support/simulator.js';
import { median, ms, spread } from './support/statistics.js';
import { until } from './support/wait.js';

const GROUPS = 200;
const MEMBERS = 1_000;
const ROUNDS = 3;
const MOST_MS = 10_000;
const MOST_HELD_MS = 50;
const HOOK = new URL('./support/profile-hook.js', import.meta.url).href;

/** The first list of a large account's groups, from the connection to the last row, and what else has to wait for it. */
export const firstSync: Figure = {
  name: 'first-sync',
  async run(lab) {
    const simulator = await lab.simulator();
    const account = await createWorld(simulator);
    const times: number[] = [];
    const raw: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const { from, to } = await synchronise(lab, simulator, account);
      times.push(to - from);
      raw.push(await askAlone(simulator, account));
    }
    const recording = lab.file('json');
    const profiled = await synchronise(lab, simulator, account, recording);
    const held = await eventLoopHeld(recording, profiled.from, profiled.to);
    return [
      atMost(
        `first synchronisation of ${GROUPS} groups with ${MEMBERS} members`,
        {
          value: median(times),
          most: MOST_MS,
          unit: 'ms',
          baseline: `${ms(median(raw))}, only asking for it`,
        },
        0,
      ),
      told('  each', spread(times), spread(raw)),
      atMost('event loop held in one go by our own code', { value: held.own, most: MOST_HELD_MS, unit: 'ms' }),
      told("  by Baileys' decoding of the answer", ms(held.baileys)),
      told('  by all together', ms(held.longest)),
    ];
  },
};

async function createWorld(simulator: SimulatorProcess): Promise<string> {
  const [account = ''] = phoneNumbers(1, 1);
  const others = phoneNumbers(2, MEMBERS - 1);
  await simulator.createAccounts([account, ...others]);
  for (let group = 1; group <= GROUPS; group++) {
    await simulator.createGroup(account, { subject: `Group ${group}`, participants: others });
  }
  return account;
}

const SYNCED = {
  name: 'bench.synced',
  text: 'select last_connected_at as "from", groups_synced_at as "to" from sessions where groups_synced_at is not null',
};

/** With an empty database of its own. Epoch milliseconds, by the gateway's clock. */
async function synchronise(
  lab: Lab,
  simulator: SimulatorProcess,
  account: string,
  recording?: string,
): Promise<{ from: number; to: number }> {
  const database = await lab.database();
  await database.link(simulator, account);
  const profiling =
    recording === undefined ? {} : { nodeOptions: ['--import', HOOK], environment: { BENCH_RECORDING: recording } };
  const gateway = await lab.gateway({ database, simulator, ...profiling });
  const times = await until(
    'all groups to be stored',
    async () => {
      gateway.assertRunning();
      return (await database.rows<{ from: number; to: number }>(SYNCED))[0];
    },
    { everyMs: 100 },
  );
  const stored = await database.rows<{ count: number }>({
    name: 'bench.members',
    text: 'select count(*) from group_members',
  });
  if (stored[0]?.count !== GROUPS * MEMBERS) throw new Error(`${stored[0]?.count} members are stored`);
  await gateway.end();
  return times;
}

/** The same question on a bare Baileys socket, with nothing done with the answer. */
async function askAlone(simulator: SimulatorProcess, account: string): Promise<number> {
  const socket = await rawSocket(simulator, await simulator.provision(account));
  const startedAt = performance.now();
  const groups = await socket.groupFetchAllParticipating();
  const took = performance.now() - startedAt;
  await socket.end(undefined);
  if (Object.keys(groups).length !== GROUPS) throw new Error('the raw socket got another list');
  return took;
}
