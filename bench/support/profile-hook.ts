import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';
import type { Profiler } from 'node:inspector';

/** What the gateway's process did with its time, written when it ends. All times in µs of the monotonic clock. */
export interface Recording {
  /** Add to a time to have it in µs since the epoch. */
  epoch: number;
  /** From and to: a timer that was due every millisecond did not come in between. */
  gaps: [number, number][];
  profile: Profiler.Profile;
}

const SAMPLE_EVERY_US = 500;
const SHORTEST_GAP_US = 5_000;

const now = (): number => Number(process.hrtime.bigint() / 1_000n);
const epoch = Date.now() * 1_000 - now();
const gaps: [number, number][] = [];
const inspector = new Session();
inspector.connect();
inspector.post('Profiler.enable');
inspector.post('Profiler.setSamplingInterval', { interval: SAMPLE_EVERY_US });
inspector.post('Profiler.start');

let last = now();
setInterval(() => {
  const at = now();
  if (at - last > SHORTEST_GAP_US) gaps.push([last, at]);
  last = at;
}, 1).unref();

process.on('exit', () => {
  inspector.post('Profiler.stop', (error, result) => {
    if (error) throw error;
    const recording: Recording = { epoch, gaps, profile: result.profile };
    writeFileSync(process.env['BENCH_RECORDING'] ?? '', JSON.stringify(recording));
  });
});
