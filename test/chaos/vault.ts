import type { SimulatedPhone } from '#simulator';
import { CredentialsKeyRing, Database, DatabaseCredentialStore } from '#store';
import type { LinkedDevice } from '../../bench/support/simulator.js';

const COUNT = {
  name: 'chaos.count',
  text: 'select kind, count(*)::int as count from session_credentials where session_id = $1 group by kind',
};
/** What a device is told apart by, and proves itself with: none of it ever changes. */
const LASTING = ['noiseKey', 'signedIdentityKey', 'registrationId', 'advSecretKey', 'account'];

interface Kept {
  /** By the name of the part. */
  parts: Record<string, unknown>;
  preKeys: string[];
}

/** The credentials that the accounts' devices were linked with, to be compared with what is stored in the end. */
export class Vault {
  private readonly kept = new Map<string, Kept>();
  private readonly privateKeys = new Set<string>();

  constructor(
    private readonly url: () => string,
    private readonly credentialsKey: Buffer,
  ) {}

  /** Every secret of a device, as text of which nothing may be printed. */
  get secrets(): string[] {
    return [this.credentialsKey.toString('base64'), ...this.privateKeys].flatMap((secret) => {
      return [secret, Buffer.from(secret, 'base64').toString('hex')];
    });
  }

  /** A new device of the account; its keys are remembered. */
  async provision(controlUrl: string, phone: SimulatedPhone): Promise<LinkedDevice> {
    const response = await fetch(`${controlUrl}/provision`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ phone: phone.number }),
    });
    const device = (await response.json()) as LinkedDevice;
    const creds = device.creds as unknown as Record<string, unknown>;
    this.kept.set(phone.number, { parts: lasting(creds), preKeys: Object.keys(device.keys['pre-key'] ?? {}) });
    for (const secret of privateKeysIn(device)) this.privateKeys.add(secret);
    return device;
  }

  /** What is not as it was, or not there. `sessions`: by phone number. */
  async losses(sessions: ReadonlyMap<string, string>): Promise<string[]> {
    const database = await Database.connect({ url: this.url(), applicationName: 'chaos', poolSize: 2 });
    try {
      const store = new DatabaseCredentialStore(database, new CredentialsKeyRing(this.credentialsKey));
      const losses: string[] = [];
      for (const [phone, session] of sessions) {
        const kept = this.kept.get(phone);
        const creds = (await store.read(session, 'creds', [''])).get('');
        if (kept === undefined || creds === undefined) {
          losses.push(`${phone} has no credentials`);
          continue;
        }
        const stored = lasting(JSON.parse(Buffer.from(creds).toString()) as Record<string, unknown>);
        if (JSON.stringify(stored) !== JSON.stringify(kept.parts)) losses.push(`${phone} has other credentials`);
        const preKeys = await store.read(session, 'pre-key', kept.preKeys);
        // WhatsApp may still hand these out.
        if (preKeys.size < kept.preKeys.length) losses.push(`${phone} has ${preKeys.size} of its pre-keys`);
      }
      return losses;
    } finally {
      await database.close();
    }
  }

  /** How many items are stored of a session. */
  async items(session: string): Promise<number> {
    const database = await Database.connect({ url: this.url(), applicationName: 'chaos', poolSize: 1 });
    try {
      const rows = await database.rows<{ count: number }>(COUNT, [session]);
      return rows.reduce((sum, { count }) => sum + count, 0);
    } finally {
      await database.close();
    }
  }
}

function lasting(creds: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(LASTING.map((name) => [name, creds[name]]));
}

/** Baileys' notation of a key pair: `{ private: { type: 'Buffer', data: <base64> }, … }`. */
function privateKeysIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]: [string, unknown]) => {
    if (name === 'advSecretKey' && typeof inner === 'string') return [inner];
    if (name !== 'private') return privateKeysIn(inner);
    const { data } = inner as { data?: unknown };
    return typeof data === 'string' ? [data] : [];
  });
}
