import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SeededDatabase } from '../../bench/support/seeded-database.js';
import { until } from '../../bench/support/wait.js';
import { IdempotencyRows } from '../support/idempotency-rows.js';
import { Answers } from './answers.js';
import { Api } from './api.js';
import { Deeds } from './deeds.js';
import { GatewayProcess } from './gateway-process.js';
import { Postgres } from './postgres.js';
import type { Random } from './random.js';
import { SessionsWatch, type SessionView } from './sessions-watch.js';
import { Traffic } from './traffic.js';
import { Vault } from './vault.js';
import { ChaosWorld } from './world.js';

const READY_MS = 60_000;

/** All that takes part in a run: WhatsApp, PostgreSQL, the gateway, and who calls it. */
export class Rig {
  readonly answers = new Answers();
  readonly deeds: Deeds;
  readonly api: Api;
  readonly traffic: Traffic;
  readonly watch: SessionsWatch;

  private constructor(
    readonly world: ChaosWorld,
    readonly postgres: Postgres,
    readonly gateway: GatewayProcess,
    readonly vault: Vault,
    /** By phone number. */
    readonly sessions: ReadonlyMap<string, string>,
    readonly apiKey: string,
    random: Random,
  ) {
    this.deeds = new Deeds(world.simulator);
    this.api = new Api(gateway, apiKey, this.answers);
    this.traffic = new Traffic(this.api, world, random, sessions);
    this.watch = new SessionsWatch(this.api);
  }

  /** Every account is linked and connected, and its groups are stored. */
  static async start(random: Random): Promise<Rig> {
    const [world, postgres] = await Promise.all([ChaosWorld.start(), Postgres.start()]);
    const credentialsKey = randomBytes(32);
    const vault = new Vault(() => postgres.url, credentialsKey);
    const gateway = new GatewayProcess(() => ({
      PORT: '0',
      DATABASE_URL: postgres.url,
      CREDENTIALS_KEY: credentialsKey.toString('base64'),
      WHATSAPP_URL: world.simulator.url,
      WHATSAPP_ROOT_KEY: world.simulator.rootKey,
      RATE_LIMIT_PER_MINUTE: '0',
    }));
    const { sessions, apiKey } = await link(world, vault, postgres.url, credentialsKey);
    const rig = new Rig(world, postgres, gateway, vault, sessions, apiKey, random);
    await gateway.start();
    const down = await rig.settled(READY_MS);
    if (down.length > 0) throw new Error(`the sessions do not connect: ${down.join('; ')}`);
    await rig.groupsStored();
    return rig;
  }

  get now(): number {
    return performance.now();
  }

  session(phone: string): string {
    const session = this.sessions.get(phone);
    if (session === undefined) throw new RangeError(`${phone} has no session`);
    return session;
  }

  /** Waits until every session but `except` is connected. Returns what keeps it from that when it is too late. */
  async settled(withinMs: number, except: readonly string[] = []): Promise<string[]> {
    let down: string[] = [];
    const look = async (): Promise<true | undefined> => {
      const sessions = (await this.watch.look()) ?? [];
      const waiting = sessions.filter(({ id, status }) => status !== 'working' && !except.includes(id));
      down = sessions.length === 0 ? ['sessions cannot be listed'] : waiting.map(told);
      return down.length === 0 || undefined;
    };
    await until('every session is connected', look, { everyMs: 100, timeoutMs: withinMs }).catch(() => undefined);
    return down;
  }

  /** Returns the file that has all that the gateway printed. */
  async keepLog(seed: number): Promise<string> {
    const path = join(tmpdir(), `whats-gateway-chaos-${seed}.log`);
    await writeFile(path, this.gateway.output);
    return path;
  }

  private async groupsStored(): Promise<void> {
    for (const { jid: gid, accounts } of this.world.groups) {
      for (const { number } of accounts) {
        const path = { session: this.session(number), gid };
        const look = async () => (await this.api.ask('listMembers', { parameters: path })).said === '200' || undefined;
        await until('groups are stored', look, { everyMs: 100 });
      }
    }
    this.answers.forget();
  }

  /** As if the time had gone by for which others wait for a process that may still live. */
  async passDeadlines(): Promise<void> {
    await new IdempotencyRows(this.postgres.url).passDeadlines();
  }

  async stop(): Promise<void> {
    await this.traffic.stop();
    await this.watch.stop();
    await this.gateway.stop();
    await this.world.simulator.stop();
    await this.postgres.stop();
  }
}

function told({ id, status, statusReason }: SessionView): string {
  return `session ${id} is not connected: ${status} (${statusReason})`;
}

async function link(
  world: ChaosWorld,
  vault: Vault,
  url: string,
  credentialsKey: Buffer,
): Promise<{ sessions: Map<string, string>; apiKey: string }> {
  const { controlUrl = '' } = world.simulator;
  const database = await SeededDatabase.open(url, credentialsKey);
  const sessions = new Map<string, string>();
  for (const phone of world.accounts) {
    sessions.set(phone.number, await database.linkAs(phone.number, await vault.provision(controlUrl, phone)));
  }
  await database.close();
  return { sessions, apiKey: database.apiKey };
}
