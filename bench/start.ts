import { readFileSync, readdirSync } from 'node:fs';
import { atMost, told, type Figure } from './support/figure.js';
import { answers } from './support/http.js';
import type { Lab } from './support/lab.js';
import type { Program } from './support/program.js';
import { median, ms, spread } from './support/statistics.js';
import { freePort, until } from './support/wait.js';

const ROUNDS = 5;
const MOST_MS = 5_000;
/** The least that a command can start: a server that answers everything with 200. */
const BARE = "require('node:http').createServer((_, answer) => answer.end()).listen(process.env.PORT, '127.0.0.1')";

/** From `npm start` to the first 200 of `/readyz`, on embedded PostgreSQL, everything built. */
export const start: Figure = {
  name: 'start',
  async run(lab) {
    const times = { fresh: [] as number[], warm: [] as number[], bare: [] as number[] };
    for (let round = 0; round < ROUNDS; round++) {
      const environment = { DATA_DIR: await lab.dataFolder() };
      times.fresh.push(await timed(lab, ['start', '--silent'], '/readyz', environment));
      times.warm.push(await timed(lab, ['start', '--silent'], '/readyz', environment));
      times.bare.push(await timed(lab, ['exec', '--silent', '--', 'node', '-e', BARE], '/', {}));
    }
    return (['fresh', 'warm'] as const).flatMap((folder) => [
      atMost(
        `ready from npm start, ${folder} data folder`,
        {
          value: median(times[folder]),
          most: MOST_MS,
          unit: 'ms',
          baseline: `${ms(median(times.bare))}, node:http from npm`,
        },
        0,
      ),
      told('  each', spread(times[folder]), spread(times.bare)),
    ]);
  },
};

/** Milliseconds from the command to the first 200 of `path`. */
async function timed(
  lab: Lab,
  args: readonly string[],
  path: string,
  environment: Readonly<Record<string, string>>,
): Promise<number> {
  const port = await freePort();
  const program = lab.program('npm', args, { PORT: String(port), ...environment });
  await until(
    `npm ${args[0]}`,
    async () => {
      program.assertRunning();
      return (await answers(`http://127.0.0.1:${port}${path}`)) || undefined;
    },
    { everyMs: 5 },
  );
  const took = performance.now() - program.startedAt;
  await stop(program);
  return took;
}

/** npm hands a signal to the shell that it runs, which does not pass it on: the program itself has to be told. */
async function stop(program: Program): Promise<void> {
  let pid = program.pid;
  while (readFileSync(`/proc/${pid}/comm`, 'utf8').trim() !== 'node') pid = childOf(pid);
  process.kill(pid, 'SIGTERM');
  await program.ended;
}

function childOf(pid: number): number {
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const [child] = readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ');
    if (child) return Number(child);
  }
  throw new Error(`process ${pid} has no child`);
}
