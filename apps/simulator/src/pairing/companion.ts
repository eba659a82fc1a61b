import { randomBytes } from 'node:crypto';
import type { proto } from '@whiskeysockets/baileys';
import { isSignedBy, node, text, type StanzaNode } from '../wire/index.js';
import type { Connection } from '../server/connection.js';
import type { CodeExchange } from './pairing-code.js';

const KEY_TYPE = Buffer.of(5);
const KEY_BYTES = 32;
const REF_BYTES = 24;

export interface PendingQuery {
  id: string;
  answered: (answer: StanzaNode) => void;
}

/** A device that wants to be linked: it has connected and shown its keys. */
export class Companion {
  readonly refs: string[];
  /** The exchange that its pairing code started, if it asked for one. */
  exchange?: CodeExchange;
  private readonly queries = new Map<string, (answer: StanzaNode) => void>();
  private readonly endings = new Set<(reason: Error) => void>();

  private constructor(
    readonly connection: Connection,
    readonly identityKey: Buffer,
    refCount: number,
  ) {
    this.refs = Array.from({ length: refCount }, () => `2@${randomBytes(REF_BYTES).toString('base64')}`);
  }

  /** `undefined` when the keys are malformed, or the pre-key is not signed by the identity. */
  static from(
    connection: Connection,
    keys: proto.ClientPayload.IDevicePairingRegistrationData,
    refCount: number,
  ): Companion | undefined {
    const { eIdent, eSkeyVal, eSkeySig } = keys;
    if (eIdent?.length !== KEY_BYTES || eSkeyVal?.length !== KEY_BYTES || !eSkeySig) return undefined;
    if (!isSignedBy(eIdent, Buffer.concat([KEY_TYPE, eSkeyVal]), eSkeySig)) return undefined;
    return new Companion(connection, Buffer.from(eIdent), refCount);
  }

  /** Asks the device to show the first of its references as a QR code. */
  offerRefs(): void {
    const refs = this.refs.map((ref) => node('ref', {}, text(ref)));
    this.query([node('pair-device', {}, refs)], () => undefined);
  }

  /** Sends a query to the device; `answered` gets its result. */
  query(content: StanzaNode[], answered: (answer: StanzaNode) => void): void {
    const id = randomBytes(6).toString('hex').toUpperCase();
    const t = Math.floor(Date.now() / 1000);
    this.queries.set(id, answered);
    this.connection.send(node('iq', { from: 's.whatsapp.net', type: 'set', id, xmlns: 'md', t }, content));
  }

  answer(result: StanzaNode): void {
    const { id = '' } = result.attrs;
    const answered = this.queries.get(id);
    this.queries.delete(id);
    answered?.(result);
  }

  /** Told when the device hangs up; returns what stops that. */
  onEnd(ending: (reason: Error) => void): () => void {
    this.endings.add(ending);
    return () => this.endings.delete(ending);
  }

  ended(): void {
    for (const ending of [...this.endings]) ending(new Error('the device hung up'));
  }
}
