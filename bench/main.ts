import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { batchAdds } from './batch-adds.js';
import { deadEndpoint } from './dead-endpoint.js';
import { eventLatency } from './event-latency.js';
import { eventThroughput } from './event-throughput.js';
import { firstSync } from './first-sync.js';
import { listMembers } from './list-members.js';
import { listPages } from './list-pages.js';
import { manySessions } from './many-sessions.js';
import { memberActions } from './member-actions.js';
import { outage } from './outage.js';
import { replaced } from './replaced.js';
import { restartMany } from './restart-many.js';
import { restart } from './restart.js';
import { sessionMemory } from './session-memory.js';
import { soak } from './soak.js';
import { start } from './start.js';
import type { Figure, Row } from './support/figure.js';
import { Lab } from './support/lab.js';
import { table } from './support/report.js';
import { wantedFigures } from './support/wanted.js';

const FIGURES: readonly Figure[] = [
  listMembers,
  listPages,
  memberActions,
  batchAdds,
  sessionMemory,
  restart,
  restartMany,
  replaced,
  outage,
  manySessions,
  firstSync,
  eventLatency,
  eventThroughput,
  deadEndpoint,
  start,
  soak,
];
/** A figure that takes longer, beside the time for which it rests and watches, hangs. */
const MOST_MS = 300_000;

async function main(names: readonly string[]): Promise<void> {
  const wanted = wantedFigures(FIGURES, names);
  const rows: Row[] = [];
  const lab = await Lab.open();
  try {
    for (const { figure, size } of wanted) {
      console.error(`${figure.name} …`);
      const mostMs = MOST_MS + 1_000 * ((size['rest'] ?? 0) + (size['seconds'] ?? 0));
      rows.push(...(await inTime(figure.name, mostMs, figure.run(lab, size))));
      await lab.tidy();
    }
  } finally {
    await lab.close();
  }
  console.log(table(rows));
  if (rows.some(({ met }) => met === false)) process.exitCode = 1;
}

/** Rejects when the work takes too long, or somebody ends the benchmark. */
async function inTime<T>(name: string, mostMs: number, work: Promise<T>): Promise<T> {
  const settled = new AbortController();
  const { signal } = settled;
  try {
    return await Promise.race([work, expiry(name, mostMs, signal), interruption(signal)]);
  } finally {
    settled.abort();
  }
}

async function expiry(name: string, mostMs: number, signal: AbortSignal): Promise<never> {
  await delay(mostMs, undefined, { signal });
  throw new Error(`${name} took more than ${mostMs / 1_000} s`);
}

async function interruption(signal: AbortSignal): Promise<never> {
  await Promise.race([once(process, 'SIGINT', { signal }), once(process, 'SIGTERM', { signal })]);
  throw new Error('interrupted');
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
