import { atMost, sized, told } from './support/figure.js';
import { pace } from './support/pace.js';
import type { Program } from './support/program.js';
import { now, Receiver } from './support/receiver.js';
import type { ReadersParameters, ReadersReport } from './support/readers.js';
import { ms, quantile } from './support/statistics.js';
import { until } from './support/wait.js';

const SESSIONS = 200;
const READERS = 200;
const PER_TRANSACTION = 10;
const WARM_UP_SECONDS = 5;
const MOST_GROWTH = 1.5;
const MOST_BEHIND_MS = 1_000;

interface Arrival {
  at: number;
  lag: number;
}

/** Events appended at a steady rate, brought to one endpoint and to WebSocket readers of one session each, whatever the rate does to the lag. */
export const eventThroughput = sized({
  name: 'event-throughput',
  size: { rate: 1_000, seconds: 30 },
  async run(lab, { rate, seconds }) {
    const [simulator, database] = await Promise.all([lab.simulator(), lab.database()]);
    const sessions: string[] = [];
    for (let session = 0; session < SESSIONS; session++) sessions.push(await database.storeGroups([]));
    const arrivals: Arrival[] = [];
    const receiver = await Receiver.start(({ timestamp }, at) => arrivals.push({ at, lag: at - timestamp }));
    const gateway = await lab.gateway({
      database,
      simulator,
      environment: { WEBHOOK_ALLOW_PRIVATE: '127.0.0.1/32', LOG_LEVEL: 'warn' },
    });
    await gateway.ready();
    await gateway.call('POST', '/webhooks', { url: receiver.url, events: ['group.participant'] });
    const parameters: ReadersParameters = {
      url: gateway.url,
      apiKey: database.apiKey,
      sessions: sessions.slice(0, READERS),
    };
    const readers = lab.helper('readers', parameters);
    await until('the readers', () => readers.output.includes('open\n') || undefined);

    const append = (index: number) =>
      database.appendChanges(
        Array.from({ length: PER_TRANSACTION }, (_, n) => sessions[(index * PER_TRANSACTION + n) % SESSIONS] ?? ''),
      );
    await pace(rate / PER_TRANSACTION, WARM_UP_SECONDS, append);
    const warm = rate * WARM_UP_SECONDS;
    await until('the warm-up', () => receiver.arrivals.size >= warm || undefined);
    const before = arrivals.length;
    const used = gateway.cpuSeconds;
    const startedAt = now();
    await pace(rate / PER_TRANSACTION, seconds, append);
    const appendedAt = now();
    const total = warm + rate * seconds;
    await until('the last event', () => receiver.arrivals.size >= total || undefined, { everyMs: 5 });
    const behind = now() - appendedAt;
    const cpu = (100_000 * (gateway.cpuSeconds - used)) / (now() - startedAt);
    await until('the readers to have everything', () => (lastReport(readers)?.events ?? 0) >= total || undefined);
    await receiver.close();

    const measured = arrivals.slice(before);
    const third = ((appendedAt - startedAt) * 1) / 3;
    const lags = (from: number, to: number): number[] =>
      measured.filter(({ at }) => at >= startedAt + from && at < startedAt + to).map(({ lag }) => lag);
    const [first, last] = [quantile(lags(0, third), 0.5), quantile(lags(2 * third, 3 * third), 0.5)];
    return [
      atMost(
        `lag of the last third at ${rate} events a second, p50, against the first`,
        {
          value: last / first,
          most: MOST_GROWTH,
          unit: '×',
          measured: ms(last),
          baseline: ms(first),
        },
        2,
      ),
      atMost(
        '  everything delivered after the last was appended',
        { value: behind, most: MOST_BEHIND_MS, unit: 'ms' },
        0,
      ),
      told(
        '  lag, p99',
        ms(
          quantile(
            measured.map(({ lag }) => lag),
            0.99,
          ),
        ),
      ),
      told(`  ${READERS} WebSocket readers, longest lag`, ms(longestOf(readers))),
      told('  CPU of the gateway', `${cpu.toFixed(0)} % of a core`),
    ];
  },
});

function reportsOf(readers: Program): ReadersReport[] {
  const lines = readers.output.split('\n').slice(0, -1);
  if (lines.some((line) => line.startsWith('closed'))) throw new Error('a reader was disconnected');
  return lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as ReadersReport);
}

function lastReport(readers: Program): ReadersReport | undefined {
  return reportsOf(readers).at(-1);
}

function longestOf(readers: Program): number {
  return Math.max(...reportsOf(readers).map(({ longest }) => longest));
}
