import { randomBytes } from 'node:crypto';
import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises';
import { SeededDatabase } from '../../bench/support/seeded-database.js';
import type { LinkedDevice } from '../../bench/support/simulator.js';
import { until } from '../../bench/support/wait.js';
import { GatewayProcess } from '../chaos/gateway-process.js';
import { Random } from '../chaos/random.js';
import { cloneDatabase, type TestDatabase } from '../support/database.js';
import { Crowd } from './crowd.js';
import { FlakyReceiver } from './flaky-receiver.js';
import { readLog, readMembers, type LoggedEvent, type Membership } from './log-and-store.js';
import { CHANGES, KILLS, MOST_UNACKNOWLEDGED } from './settings.js';
import { EventSourceReader, WebSocketReader, type StreamReader } from './stream-reader.js';

const RECEIVERS = 2;
const PAUSE_MS = 5;

/** Everybody who takes part: WhatsApp with its people, a gateway that is killed, those who hear of what happens. */
export class Rig {
  private constructor(
    readonly crowd: Crowd,
    readonly gateway: GatewayProcess,
    readonly database: SeededDatabase,
    /** By phone number. */
    readonly sessions: ReadonlyMap<string, string>,
    readonly receivers: readonly FlakyReceiver[],
    readonly readers: readonly StreamReader[],
    /** What is in the log when the changes begin, and who is in which group. */
    readonly start: { events: number; members: Membership },
    private readonly random: Random,
    private readonly clone: TestDatabase,
  ) {}

  /** Accounts are linked and connected, their groups stored, receivers and readers in place. */
  static async start(seed: number): Promise<Rig> {
    const random = new Random(seed);
    const [crowd, clone] = await Promise.all([Crowd.start(), cloneDatabase()]);
    const credentialsKey = randomBytes(32);
    const database = await SeededDatabase.open(clone.url, credentialsKey);
    const gateway = new GatewayProcess(() => ({
      PORT: '0',
      DATABASE_URL: clone.url,
      CREDENTIALS_KEY: credentialsKey.toString('base64'),
      WHATSAPP_URL: crowd.simulator.url,
      WHATSAPP_ROOT_KEY: crowd.simulator.rootKey,
      RATE_LIMIT_PER_MINUTE: '0',
      WEBHOOK_ALLOW_PRIVATE: '127.0.0.1',
      LOG_LEVEL: 'warn',
    }));
    const sessions = new Map<string, string>();
    for (const { number } of crowd.accounts) {
      sessions.set(number, await database.linkAs(number, await provision(crowd, number)));
    }
    await gateway.start();
    await until('groups are stored', async () => isStored(crowd, sessions, await readMembers(database)) || undefined);
    const receivers = await Promise.all(
      Array.from({ length: RECEIVERS }, () => FlakyReceiver.start(new Random(random.between(0, 2 ** 31)))),
    );
    for (const { url } of receivers) await subscribe(gateway.url, database.apiKey, url);
    const log = await quiet(database);
    const source = {
      get url() {
        return gateway.url;
      },
      apiKey: database.apiKey,
    };
    const since = log.at(-1)?.id ?? '';
    const readers = [new WebSocketReader(source, since), new EventSourceReader(source, since)];
    for (const reader of readers) reader.start();
    const start = { events: log.length, members: await readMembers(database) };
    return new Rig(crowd, gateway, database, sessions, receivers, readers, start, random, clone);
  }

  /** All changes, with as many kills among them: one in each part, at random. They go on while the gateway is down. */
  async storm(): Promise<void> {
    const part = Math.floor(CHANGES / KILLS);
    const kills = Array.from(
      { length: KILLS },
      (_, n) => n * part + this.random.between(Math.floor(part / 4), part - 100),
    );
    let killed = Promise.resolve();
    for (let made = 0; made < CHANGES;) {
      while (this.crowd.unacknowledged > MOST_UNACKNOWLEDGED) await delay(PAUSE_MS);
      made += this.crowd.change(this.random);
      if (made > (kills[0] ?? Infinity)) {
        kills.shift();
        killed = this.gateway.kill();
      }
      await turn();
    }
    await killed;
  }

  /** The log, once nothing more is to come. */
  async settled(withinMs: number): Promise<LoggedEvent[]> {
    const look = async () => isStored(this.crowd, this.sessions, await readMembers(this.database)) || undefined;
    await until('what is stored is what WhatsApp has', look, { everyMs: 200, timeoutMs: withinMs });
    return quiet(this.database);
  }

  async stop(): Promise<void> {
    await Promise.all(this.readers.map((reader) => reader.stop()));
    await this.gateway.stop();
    await Promise.all(this.receivers.map((receiver) => receiver.stop()));
    await this.database.close();
    await this.crowd.simulator.stop();
    await this.clone.drop();
  }
}

/** Whether what is stored of every account's groups is what they are. */
function isStored(crowd: Crowd, sessions: ReadonlyMap<string, string>, stored: Membership): boolean {
  return crowd.accounts.every((account) => {
    const groups = stored.get(sessions.get(account.number) ?? '') ?? new Map<string, Map<string, string>>();
    const actual = crowd.membersSeenBy(account);
    return groups.size === actual.size && [...actual].every(([jid, members]) => isSame(members, groups.get(jid)));
  });
}

function isSame(one: Map<string, string>, other: Map<string, string> | undefined): boolean {
  return one.size === other?.size && [...one].every(([key, value]) => other.get(key) === value);
}

const QUIET_MS = 1_000;

/** The log as soon as nothing has come to it for a while. */
async function quiet(database: SeededDatabase): Promise<LoggedEvent[]> {
  let log = await readLog(database);
  for (;;) {
    await delay(QUIET_MS);
    const now = await readLog(database);
    if (now.length === log.length) return now;
    log = now;
  }
}

async function provision({ simulator }: Crowd, phone: string): Promise<LinkedDevice> {
  return (await post(`${simulator.controlUrl}/provision`, { phone })) as LinkedDevice;
}

async function subscribe(gateway: string, apiKey: string, url: string): Promise<void> {
  const retryPolicy = { policy: 'constant', delaySeconds: 1 };
  await post(`${gateway}/api/v1/webhooks`, { url, events: ['*'], retryPolicy }, { authorization: `Bearer ${apiKey}` });
}

async function post(url: string, body: unknown, headers: Record<string, string> = {}): Promise<unknown> {
  const json = { 'content-type': 'application/json', ...headers };
  const answer = await fetch(url, { method: 'POST', headers: json, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${url} answers ${answer.status}: ${await answer.text()}`);
  return answer.json();
}
