import { randomInt } from 'node:crypto';
import pg from 'pg';
import {
  CredentialsKeyRing,
  Database,
  DeliveryFanOut,
  DeliveryLanes,
  DeliveryOutcomes,
  DeliveryWork,
  EVENTS_CHANNEL,
  Wakeups,
  WebhookRepository,
} from '#store';
import { WebhookDestinations } from '../../apps/gateway/src/webhooks/dispatching/webhook-destinations.js';
import {
  WebhookDispatcher,
  type DispatcherOptions,
} from '../../apps/gateway/src/webhooks/dispatching/webhook-dispatcher.js';
import { AddressRules, WebhookSender } from '../../apps/gateway/src/webhooks/sending/index.js';
import { nameResolver } from '../../apps/gateway/src/webhooks/sending/resolve-name.js';
import { Connections } from '../../apps/gateway/src/webhooks/sending/connections.js';

const HOLDERS = 0x57477732;
export const KEY = Buffer.alloc(32, 5);

/** What of a gateway brings events to webhooks, with connections of its own. */
export class DispatchingProcess {
  /** Attempts that it made. */
  sent = 0;
  /** How often it looked into the log. */
  looked = 0;

  private constructor(
    readonly database: Database,
    readonly wakeups: Wakeups,
    readonly dispatcher: WebhookDispatcher,
    private readonly sender: WebhookSender,
    private readonly alive: pg.Client,
  ) {}

  static async start(url: string, options: Partial<DispatcherOptions> = {}): Promise<DispatchingProcess> {
    const alive = new pg.Client({ connectionString: url });
    alive.on('error', () => undefined);
    await alive.connect();
    const lock = randomInt(1, 2 ** 31);
    await alive.query('select pg_advisory_lock($1, $2)', [HOLDERS, lock]);
    const database = await Database.connect({ url });
    const wakeups = new Wakeups({ url });
    const sender = new WebhookSender(
      new Connections({ rules: new AddressRules(['127.0.0.1/32']), resolve: nameResolver({ ownNames: true }) }),
    );
    const webhooks = new WebhookRepository(database, new CredentialsKeyRing(KEY));
    const counting: Pick<WebhookSender, 'send'> = {
      send: (...attempt) => {
        running.sent++;
        return sender.send(...attempt);
      },
    };
    const fanOut = new DeliveryFanOut(database);
    const looking: Pick<DeliveryFanOut, 'handOut'> = {
      handOut: (limit) => {
        running.looked++;
        return fanOut.handOut(limit);
      },
    };
    const dispatcher = new WebhookDispatcher(
      {
        fanOut: looking,
        lanes: new DeliveryLanes(database),
        work: new DeliveryWork(database),
        outcomes: new DeliveryOutcomes(database),
        destinations: new WebhookDestinations(webhooks, wakeups),
        sender: counting,
        wakeups,
        holder: { name: `process ${lock}`, lock },
      },
      options,
    );
    const running = new DispatchingProcess(database, wakeups, dispatcher, sender, alive);
    dispatcher.onApplicationBootstrap();
    return running;
  }

  /** Resolves once it has been told of what was committed so far. */
  async told(client: pg.Client): Promise<void> {
    const message = randomInt(2 ** 31).toString();
    const heard = new Promise<void>((resolve) => {
      const stop = this.wakeups.on(EVENTS_CHANNEL, (said) => {
        if (said !== message) return;
        stop();
        resolve();
      });
    });
    await client.query('select pg_notify($1, $2)', [EVENTS_CHANNEL, message]);
    await heard;
  }

  /** As a gateway ends that is told to. */
  async stop(): Promise<void> {
    await this.dispatcher.beforeApplicationShutdown();
    this.sender.onApplicationShutdown();
    await this.wakeups.close();
    await this.database.close();
    await this.alive.end();
  }

  /** From here on it does and writes nothing, gives nothing back, and counts as dead. */
  async kill(): Promise<void> {
    await Promise.all([this.database.close(), this.alive.end(), this.wakeups.close()]);
    this.sender.onApplicationShutdown();
    await this.dispatcher.beforeApplicationShutdown();
  }
}
