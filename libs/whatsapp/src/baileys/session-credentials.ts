import { createHash } from 'node:crypto';
import {
  initAuthCreds,
  type AuthenticationCreds,
  type AuthenticationState,
  type SignalDataSet,
  type SignalDataTypeMap,
} from '@whiskeysockets/baileys';
import {
  parseUserJid,
  type AccountIdentity,
  type CredentialItem,
  type CredentialStore,
  type SessionLease,
} from '#whatsapp';
import { decodeCreds, decodeKey, encode } from './credential-codec.js';

const CREDS = { kind: 'creds', id: '' };

/** The stored creds of a session; `undefined` when there are none. Throws when they cannot be read. */
async function readCreds(store: CredentialStore, sessionId: string): Promise<AuthenticationCreds | undefined> {
  const bytes = (await store.read(sessionId, CREDS.kind, [CREDS.id])).get(CREDS.id);
  return bytes && decodeCreds(bytes);
}

/** Half of a pairing leaves creds that WhatsApp does not know: a device is linked when its account has signed for it. */
export async function isLinked(store: CredentialStore, sessionId: string): Promise<boolean> {
  return (await readCreds(store, sessionId))?.account !== undefined;
}

/**
 * The credentials of one connection: creds in memory, Signal keys read when Baileys asks for them. Writes happen one
 * after the other. A read or write that fails is told to `onFailure` as well as to Baileys.
 */
export class SessionCredentials {
  private queue: Promise<void> = Promise.resolve();
  private hasFailed = false;
  private isSavePending = false;
  private isClosed = false;
  private storedDigest: string;

  private constructor(
    private readonly store: CredentialStore,
    private readonly lease: SessionLease,
    readonly creds: AuthenticationCreds,
    private readonly onFailure: (error: unknown) => void,
  ) {
    this.storedDigest = digestOf(encode(creds));
  }

  /** Of a pairing that was never finished nothing is kept: logging in with it is refused as if unlinked. */
  static async load(
    store: CredentialStore,
    lease: SessionLease,
    onFailure: (error: unknown) => void,
  ): Promise<SessionCredentials> {
    const stored = await readCreds(store, lease.sessionId);
    if (stored && !stored.account) await store.clear(lease);
    return new SessionCredentials(store, lease, stored?.account ? stored : initAuthCreds(), onFailure);
  }

  get isLinked(): boolean {
    return this.creds.account !== undefined;
  }

  /** Who is linked; only to be asked once `isLinked`. */
  get identity(): AccountIdentity {
    const phone = parseUserJid(this.creds.me?.id ?? '');
    const lid = parseUserJid(this.creds.me?.lid ?? '');
    if (phone?.kind !== 'phone') throw new Error('the linked account has no phone number');
    return { waJid: phone.jid, phoneNumber: phone.user, ...(lid?.kind === 'lid' && { waLid: lid.jid }) };
  }

  get state(): AuthenticationState {
    return {
      creds: this.creds,
      keys: { get: (kind, ids) => this.read(kind, ids), set: (data) => this.writeKeys(data) },
    };
  }

  /** Stores the creds as they are when their turn comes. Nothing is stored before a device is linked. */
  save(): void {
    if (this.isSavePending || !this.isLinked) return;
    this.isSavePending = true;
    void this.enqueue(async () => {
      this.isSavePending = false;
      const value = encode(this.creds);
      const digest = digestOf(value);
      if (digest === this.storedDigest) return;
      await this.store.write(this.lease, [{ ...CREDS, value }]);
      this.storedDigest = digest;
    });
  }

  /** Once everything written so far is stored: `false` when some of it could not be. */
  async isStored(): Promise<boolean> {
    await this.queue;
    return !this.hasFailed;
  }

  /** Waits for what is still to be written, then neither reads nor writes: the session may get another connection. */
  async close(): Promise<void> {
    this.isClosed = true;
    await this.queue;
  }

  private async read<T extends keyof SignalDataTypeMap>(
    kind: T,
    ids: string[],
  ): Promise<{ [id: string]: SignalDataTypeMap[T] }> {
    this.assertOpen();
    try {
      const stored = await this.store.read(this.lease.sessionId, kind, ids);
      return Object.fromEntries([...stored].map(([id, bytes]) => [id, decodeKey(kind, bytes)]));
    } catch (error) {
      this.onFailure(error);
      throw error;
    }
  }

  private async writeKeys(data: SignalDataSet): Promise<void> {
    this.assertOpen();
    const items = Object.entries(data).flatMap(([kind, values]) =>
      Object.entries(values ?? {}).map(([id, value]): CredentialItem => ({
        kind,
        id,
        value: value ? encode(value) : null,
      })),
    );
    if (items.length === 0) return;
    await this.enqueue(() => this.store.write(this.lease, items));
  }

  private enqueue(write: () => Promise<void>): Promise<void> {
    const done = this.queue.then(write);
    this.queue = done.catch((error: unknown) => {
      this.hasFailed = true;
      this.onFailure(error);
    });
    return done;
  }

  private assertOpen(): void {
    if (this.isClosed) throw new Error('the connection is closed: its credentials are out of reach');
  }
}

function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('base64');
}
