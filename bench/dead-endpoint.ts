import { atMost, sized, told } from './support/figure.js';
import type { Gateway } from './support/gateway.js';
import { pace } from './support/pace.js';
import { Receiver } from './support/receiver.js';
import { SilentServer } from './support/silent-server.js';
import type { SeededDatabase } from './support/seeded-database.js';
import { median, ms, quantile, spread } from './support/statistics.js';
import { until } from './support/wait.js';

const SESSIONS = 20;
const RATE = 100;
const MOST_RATIO = 1.1;
const BATCH = 500;
const WARM_UP_SECONDS = 5;

/** The lag of one endpoint while another one, that never answers, has so many deliveries waiting; beside the same with nothing waiting. */
export const deadEndpoint = sized({
  name: 'dead-endpoint',
  size: { pending: 100_000, rounds: 10, seconds: 8 },
  async run(lab, { pending, rounds, seconds }) {
    const [simulator, database] = await Promise.all([lab.simulator(), lab.database()]);
    const sessions: string[] = [];
    for (let session = 0; session < SESSIONS; session++) sessions.push(await database.storeGroups([]));
    let lags: number[] = [];
    const receiver = await Receiver.start(({ timestamp }, at) => lags.push(at - timestamp));
    const dead = await SilentServer.start();
    const environment = { WEBHOOK_ALLOW_PRIVATE: '127.0.0.1/32' };
    const gateway = await lab.gateway({ database, simulator, environment });
    await gateway.ready();
    await gateway.call('POST', '/webhooks', { url: receiver.url, events: ['group.participant'] });

    const measure = async (): Promise<number> => {
      lags = [];
      await pace(RATE, seconds, (index) => database.appendChanges([sessions[index % SESSIONS] ?? '']));
      await until('the last event', () => lags.length >= RATE * seconds || undefined);
      return quantile(lags, 0.99);
    };
    await pace(RATE, WARM_UP_SECONDS, (index) => database.appendChanges([sessions[index % SESSIONS] ?? '']));
    const hook = await gateway.call<{ id: string }>('POST', '/webhooks', { url: dead.url, events: ['session.status'] });
    await fill(database, sessions, pending);
    await until('all to be handed out', async () => (await waiting(database, hook.id)) >= pending || undefined, {
      everyMs: 500,
    });
    const p99 = { quiet: [] as number[], dead: [] as number[] };
    for (let round = 0; round < rounds; round++) {
      for (const which of round % 2 === 0 ? (['quiet', 'dead'] as const) : (['dead', 'quiet'] as const)) {
        await switchTo(gateway, hook.id, which === 'dead');
        p99[which].push(await measure());
      }
    }
    const left = await waiting(database, hook.id);
    await gateway.end();
    await Promise.all([receiver.close(), dead.close()]);
    return [
      atMost(
        `p99 of an endpoint beside a dead one with ${pending} deliveries waiting`,
        {
          value: median(p99.dead) / median(p99.quiet),
          most: MOST_RATIO,
          unit: '×',
          measured: ms(median(p99.dead)),
          baseline: ms(median(p99.quiet)),
        },
        2,
      ),
      told('  each', spread(p99.dead), spread(p99.quiet)),
      told('  still waiting', String(left)),
    ];
  },
});

async function fill(database: SeededDatabase, sessions: readonly string[], count: number): Promise<void> {
  for (let filled = 0; filled < count; filled += BATCH) {
    await database.appendStatuses(Array.from({ length: BATCH }, (_, n) => sessions[n % sessions.length] ?? ''));
  }
}

async function waiting(database: SeededDatabase, webhookId: string): Promise<number> {
  const [row] = await database.rows<{ count: number }>(
    {
      name: 'bench.waiting',
      text: `select count(*) from webhook_deliveries where webhook_id = $1 and status = 'pending'`,
    },
    [webhookId],
  );
  return row?.count ?? 0;
}

async function switchTo(gateway: Gateway, webhookId: string, active: boolean): Promise<void> {
  await gateway.call('PATCH', `/webhooks/${webhookId}`, { active });
}
