import type { Account } from '../world/index.js';
import type { KeyBundle } from '../messages/index.js';
import { node, type StanzaNode } from '../wire/index.js';
import type { Connection } from './connection.js';

/** Public keys that a companion device showed when it was linked. */
export interface DeviceKeys {
  noise: Buffer;
  identity: Buffer;
}

const QUEUE_LIMIT = 10_000;

/** A linked companion device: it is connected or not, and what it misses is kept for it. */
export class Device {
  /** One-time pre-keys that the server holds for it. */
  preKeyCount = 0;
  private encryption?: Omit<KeyBundle, 'identity' | 'preKey'>;
  private readonly preKeys: StanzaNode[] = [];
  private connection?: Connection;
  /** Whether it has asked for what it missed; until then everything is queued. */
  private listening = false;
  private queue: StanzaNode[] = [];
  private readonly unacknowledged = new Map<string, StanzaNode>();
  private nextStanza = 1;

  constructor(
    readonly account: Account,
    readonly id: number,
    readonly keys: DeviceKeys,
  ) {}

  get jid(): string {
    return `${this.account.phone}:${this.id}@s.whatsapp.net`;
  }

  get lid(): string {
    return `${this.account.lid}:${this.id}@lid`;
  }

  get connected(): Connection | undefined {
    return this.connection;
  }

  /** How many stanzas it has not acknowledged: those that it was sent, and those that wait for it. */
  get unacknowledgedCount(): number {
    return this.queue.length + this.unacknowledged.size;
  }

  /** What the device uploads, for others to write to it with. */
  storeKeys(registration: StanzaNode, signedPreKey: StanzaNode, preKeys: readonly StanzaNode[]): void {
    this.encryption = { registration, signedPreKey };
    this.preKeys.push(...preKeys);
    this.preKeyCount += preKeys.length;
  }

  replaceSignedKey(signedPreKey: StanzaNode): void {
    if (this.encryption !== undefined) this.encryption = { ...this.encryption, signedPreKey };
  }

  /** Its keys, with a one-time key that is thereby used up. `undefined` before it uploaded any. */
  takeBundle(): KeyBundle | undefined {
    if (this.encryption === undefined) return undefined;
    const preKey = this.preKeys.shift();
    if (preKey !== undefined) this.preKeyCount -= 1;
    return { ...this.encryption, identity: this.keys.identity, ...(preKey && { preKey }) };
  }

  /** Returns the connection that is thereby replaced. */
  attach(connection: Connection, redeliver: boolean): Connection | undefined {
    const previous = this.connection;
    if (previous !== undefined) this.detach(previous, redeliver);
    this.connection = connection;
    this.listening = false;
    return previous;
  }

  /** What was sent and never acknowledged comes again, if `redeliver`. */
  detach(connection: Connection, redeliver: boolean): void {
    if (this.connection !== connection) return;
    delete this.connection;
    this.listening = false;
    if (redeliver) this.queue = [...this.unacknowledged.values(), ...this.queue];
    this.unacknowledged.clear();
  }

  /** Sends at once, or keeps for the next login. The stanza gets an `id` of its own. */
  deliver(stanza: StanzaNode): void {
    const id = `${this.id}.${this.nextStanza++}`;
    const own: StanzaNode = { ...stanza, attrs: { ...stanza.attrs, id } };
    if (this.connection !== undefined && this.listening) this.sendTracked(this.connection, own);
    else if (this.queue.length < QUEUE_LIMIT) this.queue.push(own);
  }

  acknowledge(id: string): void {
    this.unacknowledged.delete(id);
  }

  /** The device is ready: everything that it missed, marked as such, then live. */
  listen(): void {
    const { connection } = this;
    if (connection === undefined || this.listening) return;
    this.listening = true;
    const missed = this.queue;
    this.queue = [];
    const count = missed.length;
    const kinds = { message: 0, notification: count, receipt: 0, appdata: 0 };
    connection.send(node('ib', { from: 's.whatsapp.net' }, [node('offline_preview', { count, ...kinds })]));
    for (const stanza of missed) {
      this.sendTracked(connection, { ...stanza, attrs: { ...stanza.attrs, offline: '1' } });
    }
    connection.send(node('ib', { from: 's.whatsapp.net' }, [node('offline', { count })]));
  }

  private sendTracked(connection: Connection, stanza: StanzaNode): void {
    const { id } = stanza.attrs;
    if (id !== undefined) this.unacknowledged.set(id, stanza);
    connection.send(stanza);
  }
}
