import { atMost, sized, told } from './support/figure.js';
import type { Lab } from './support/lab.js';
import { pace } from './support/pace.js';
import { Receiver } from './support/receiver.js';
import { SilentServer } from './support/silent-server.js';
import type { SeededDatabase } from './support/seeded-database.js';
import type { SimulatorProcess } from './support/simulator.js';
import { median, ms, quantile, spread } from './support/statistics.js';
import { freePort, until } from './support/wait.js';

const SESSIONS = 20;
const RATE = 100;
const MOST_RATIO = 1.1;
const BATCH = 500;
const WARM_UP_SECONDS = 5;

/**
 * The lag of one endpoint while two others, of which one never answers and one refuses every connection, have so many
 * deliveries waiting each; beside that of a gateway on a database of its own in which nothing waits. In turns.
 */
export const deadEndpoint = sized({
  name: 'dead-endpoint',
  size: { pending: 100_000, rounds: 10, seconds: 8 },
  async run(lab, { pending, rounds, seconds }) {
    const simulator = await lab.simulator();
    const [quiet, burdened] = [await Deliveries.start(lab, simulator), await Deliveries.start(lab, simulator)];
    const silent = await SilentServer.start();
    const dead = [
      await burdened.sendStatusesTo(silent.url),
      await burdened.sendStatusesTo(`http://127.0.0.1:${await freePort()}/`),
    ];
    await burdened.fill(pending);
    await until(
      'all to be handed out',
      async () => (await burdened.waitingFor(dead)) >= pending * dead.length || undefined,
      { everyMs: 500, timeoutMs: 300_000 },
    );
    for (const deliveries of [quiet, burdened]) await deliveries.p99(WARM_UP_SECONDS);
    const p99 = { quiet: [] as number[], burdened: [] as number[] };
    for (let round = 0; round < rounds; round++) {
      const order = round % 2 === 0 ? (['quiet', 'burdened'] as const) : (['burdened', 'quiet'] as const);
      for (const which of order) p99[which].push(await { quiet, burdened }[which].p99(seconds));
    }
    const left = await burdened.waitingFor(dead);
    await Promise.all([quiet.close(), burdened.close(), silent.close()]);
    return [
      atMost(
        `p99 of an endpoint beside dead ones with ${pending} deliveries waiting`,
        {
          value: median(p99.burdened) / median(p99.quiet),
          most: MOST_RATIO,
          unit: '×',
          measured: ms(median(p99.burdened)),
          baseline: ms(median(p99.quiet)),
        },
        2,
      ),
      told('  each', spread(p99.burdened), spread(p99.quiet)),
      told('  still waiting', String(left), '0'),
    ];
  },
});

/** A gateway on a database of its own, that brings what is told of groups to one endpoint that acknowledges at once. */
class Deliveries {
  private constructor(
    private readonly database: SeededDatabase,
    private readonly gateway: Awaited<ReturnType<Lab['gateway']>>,
    private readonly sessions: readonly string[],
    private readonly receiver: Receiver,
    private readonly lags: number[],
  ) {}

  static async start(lab: Lab, simulator: SimulatorProcess): Promise<Deliveries> {
    const database = await lab.database();
    const sessions: string[] = [];
    for (let session = 0; session < SESSIONS; session++) sessions.push(await database.storeGroups([]));
    const lags: number[] = [];
    const receiver = await Receiver.start(({ timestamp }, at) => lags.push(at - timestamp));
    const environment = { WEBHOOK_ALLOW_PRIVATE: '127.0.0.1/32' };
    const gateway = await lab.gateway({ database, simulator, environment });
    await gateway.ready();
    await gateway.call('POST', '/webhooks', { url: receiver.url, events: ['group.participant'] });
    return new Deliveries(database, gateway, sessions, receiver, lags);
  }

  /** Milliseconds from an event to the endpoint, of the slowest hundredth, while `RATE` a second happen. */
  async p99(seconds: number): Promise<number> {
    this.lags.length = 0;
    await pace(RATE, seconds, (index) => this.database.appendChanges([this.sessionAt(index)]));
    await until('the last event', () => this.lags.length >= RATE * seconds || undefined);
    return quantile(this.lags, 0.99);
  }

  /** The id of one more webhook, for what `fill` appends. */
  async sendStatusesTo(url: string): Promise<string> {
    return (await this.gateway.call<{ id: string }>('POST', '/webhooks', { url, events: ['session.status'] })).id;
  }

  async fill(count: number): Promise<void> {
    for (let filled = 0; filled < count; filled += BATCH) {
      await this.database.appendStatuses(Array.from({ length: BATCH }, (_, n) => this.sessionAt(n)));
    }
  }

  async waitingFor(webhookIds: readonly string[]): Promise<number> {
    const [row] = await this.database.rows<{ count: number }>(
      {
        name: 'bench.waiting',
        text: `select count(*) from webhook_deliveries where webhook_id = any ($1) and status = 'pending'`,
      },
      [webhookIds],
    );
    return row?.count ?? 0;
  }

  async close(): Promise<void> {
    await this.gateway.end();
    await this.receiver.close();
  }

  private sessionAt(index: number): string {
    return this.sessions[index % this.sessions.length] ?? '';
  }
}
