import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { batchAdds } from './batch-adds.js';
import { firstSync } from './first-sync.js';
import { listMembers } from './list-members.js';
import { listPages } from './list-pages.js';
import { memberActions } from './member-actions.js';
import { restart } from './restart.js';
import { sessionMemory } from './session-memory.js';
import { start } from './start.js';
import type { Figure, Row } from './support/figure.js';
import { Lab } from './support/lab.js';
import { table } from './support/report.js';

const FIGURES: readonly Figure[] = [
  listMembers,
  listPages,
  memberActions,
  batchAdds,
  sessionMemory,
  restart,
  firstSync,
  start,
];
/** A figure that takes longer hangs. */
const MOST_MS = 300_000;

async function main(names: readonly string[]): Promise<void> {
  const unknown = names.filter((name) => !FIGURES.some((figure) => figure.name === name));
  if (unknown.length > 0) {
    throw new Error(`no such figure: ${unknown.join(', ')}; there are ${FIGURES.map(({ name }) => name).join(', ')}`);
  }
  const wanted = FIGURES.filter(({ name }) => names.length === 0 || names.includes(name));
  const rows: Row[] = [];
  const lab = await Lab.open();
  try {
    for (const figure of wanted) {
      console.error(`${figure.name} …`);
      rows.push(...(await inTime(figure.name, figure.run(lab))));
      await lab.tidy();
    }
  } finally {
    await lab.close();
  }
  console.log(table(rows));
  if (rows.some(({ met }) => met === false)) process.exitCode = 1;
}

/** Rejects when the work takes too long, or somebody ends the benchmark. */
async function inTime<T>(name: string, work: Promise<T>): Promise<T> {
  const settled = new AbortController();
  const { signal } = settled;
  try {
    return await Promise.race([work, expiry(name, signal), interruption(signal)]);
  } finally {
    settled.abort();
  }
}

async function expiry(name: string, signal: AbortSignal): Promise<never> {
  await delay(MOST_MS, undefined, { signal });
  throw new Error(`${name} took more than ${MOST_MS / 1_000} s`);
}

async function interruption(signal: AbortSignal): Promise<never> {
  await Promise.race([once(process, 'SIGINT', { signal }), once(process, 'SIGTERM', { signal })]);
  throw new Error('interrupted');
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
