import { newApiKey } from '#auth';
import {
  ApiKeyRepository,
  CredentialsKeyRing,
  Database,
  DatabaseCredentialStore,
  EventLog,
  GroupWriter,
  SessionLeases,
  SessionRepository,
  type Statement,
} from '#store';
import type { CredentialItem, GroupSnapshot } from '#whatsapp';
import type { LinkedDevice, SimulatorProcess } from './simulator.js';
import { until } from './wait.js';

const ORGANIZATION = 'default';
const WORKING: Statement = {
  name: 'bench.working',
  text: `select count(*) from sessions where status = 'working' and last_connected_at >= $1`,
};
const GROUPS: Statement = { name: 'bench.groups', text: 'select count(*) from groups' };
const SESSIONS: Statement = { name: 'bench.sessions', text: 'select id from sessions' };
/** Far more live actions than a benchmark does. */
const UNLIMITED = 1_000_000;

/** A gateway's database, filled without a gateway. */
export class SeededDatabase {
  private readonly sessions: SessionRepository;
  private readonly credentials: DatabaseCredentialStore;
  private readonly events: EventLog;

  private constructor(
    readonly url: string,
    /** With all capabilities. */
    readonly apiKey: string,
    private readonly database: Database,
    credentialsKey: Buffer,
  ) {
    this.sessions = new SessionRepository(database);
    this.events = new EventLog(database);
    this.credentials = new DatabaseCredentialStore(database, new CredentialsKeyRing(credentialsKey));
  }

  static async open(url: string, credentialsKey: Buffer): Promise<SeededDatabase> {
    const database = await Database.open({ url, applicationName: 'bench', poolSize: 2 });
    const { id, secret, hash: secretHash } = newApiKey();
    const key = { id, secretHash, organizationId: ORGANIZATION, name: 'bench' };
    await new ApiKeyRepository(database).create({ ...key, capabilities: ['read', 'send', 'manage', 'events'] });
    return new SeededDatabase(url, secret, database, credentialsKey);
  }

  /** A session of a new device of `phone`. As `linkAs`. */
  async link(simulator: SimulatorProcess, phone: string): Promise<string> {
    return this.linkAs(phone, await simulator.provision(phone));
  }

  /** A session of `phone` as it is once linked, meant to run: a gateway that starts connects it. Returns its id. */
  async linkAs(phone: string, { creds, keys }: LinkedDevice): Promise<string> {
    const { id } = await this.sessions.create({ organizationId: ORGANIZATION });
    const [lease] = await new SessionLeases(this.database).claim([id], { name: 'bench' }, 0);
    if (!lease) throw new Error('the session is gone');
    await this.credentials.write(lease, credentialItems({ creds, keys }));
    const rates = { ratePerMin: UNLIMITED, ratePerHour: UNLIMITED };
    await this.sessions.updateSettings({ organizationId: ORGANIZATION }, id, rates);
    await this.sessions.updateState(id, {
      desired: 'running',
      phoneNumber: phone,
      waJid: `${phone}@s.whatsapp.net`,
      waLid: creds.me.lid.replace(/:\d+@/, '@'),
    });
    return id;
  }

  /** A session that is not linked, with `groups` stored. Returns its id. */
  async storeGroups(groups: readonly GroupSnapshot[]): Promise<string> {
    const { id } = await this.sessions.create({ organizationId: ORGANIZATION });
    await new GroupWriter(this.database).synchronise(id, groups, {});
    return id;
  }

  /** One transaction that tells, of each of the sessions, that somebody joined a group. */
  async appendChanges(sessionIds: readonly string[]): Promise<void> {
    const payload = { groupJid: '120363000000000001@g.us', join: ['15550000001@s.whatsapp.net'] };
    await this.events.append(
      sessionIds.map((sessionId) => ({ organizationId: ORGANIZATION, sessionId, event: 'group.participant', payload })),
    );
  }

  /** One transaction that tells, of each of the sessions, that it is working. */
  async appendStatuses(sessionIds: readonly string[]): Promise<void> {
    const payload = { status: 'working' as const };
    await this.events.append(
      sessionIds.map((sessionId) => ({ organizationId: ORGANIZATION, sessionId, event: 'session.status', payload })),
    );
  }

  /** Resolves when `count` sessions are working that connected since `since` (epoch milliseconds). */
  async working(count: number, since: number): Promise<void> {
    await this.counted(`${count} sessions working`, WORKING, [since], count);
  }

  /** Resolves when there are `count` groups. */
  async groupsStored(count: number): Promise<void> {
    await this.counted(`${count} groups stored`, GROUPS, [], count);
  }

  /** By session: the part of its credentials that makes it the device that was linked. Throws for one that has none. */
  async linkedAs(): Promise<Map<string, unknown>> {
    const linked = new Map<string, unknown>();
    for (const { id } of await this.rows<{ id: string }>(SESSIONS)) {
      const bytes = (await this.credentials.read(id, 'creds', [''])).get('');
      if (!bytes) throw new Error(`session ${id} has lost its credentials`);
      const { noiseKey, signedIdentityKey, signedPreKey, registrationId, account } = JSON.parse(
        Buffer.from(bytes).toString(),
      ) as Record<string, unknown>;
      linked.set(id, { noiseKey, signedIdentityKey, signedPreKey, registrationId, account });
    }
    return linked;
  }

  rows<R>(statement: Statement, values: unknown[] = []): Promise<R[]> {
    return this.database.rows<R>(statement, values);
  }

  close(): Promise<void> {
    return this.database.close();
  }

  /** Asks the database, so that the gateway has nothing to do with being watched. */
  private async counted(what: string, statement: Statement, values: unknown[], least: number): Promise<void> {
    const look = async (): Promise<true | undefined> => {
      const [row] = await this.rows<{ count: number }>(statement, values);
      return (row?.count ?? 0) >= least || undefined;
    };
    await until(what, look, { everyMs: 10, timeoutMs: 180_000 });
  }
}

/** The form in which the gateway's adapter keeps credentials: JSON that Baileys' notation for binary is already part of. */
function credentialItems({ creds, keys }: LinkedDevice): CredentialItem[] {
  const item = (kind: string, id: string, value: unknown): CredentialItem => {
    return { kind, id, value: Buffer.from(JSON.stringify(value)) };
  };
  const entries = Object.entries(keys).flatMap(([kind, values]) =>
    Object.entries(values).map(([id, value]) => item(kind, id, value)),
  );
  return [item('creds', '', creds), ...entries];
}
