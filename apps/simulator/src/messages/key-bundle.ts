import { node, type StanzaNode } from '../wire/index.js';

/** What stands before a public key: its type. */
export const KEY_TYPE = Buffer.of(5);

const ID_BYTES = 3;
const REGISTRATION_BYTES = 4;

/** The public keys of a device, from which others open an encrypted session to it. */
export interface KeyBundle {
  registration: StanzaNode;
  /** 32 bytes. */
  identity: Uint8Array;
  signedPreKey: StanzaNode;
  /** Good for one session; absent when there is none left. */
  preKey?: StanzaNode;
}

export function bundleNode(jid: string, { registration, identity, signedPreKey, preKey }: KeyBundle): StanzaNode {
  const keys = [signedPreKey, ...(preKey === undefined ? [] : [preKey])];
  return node('user', { jid }, [registration, node('type', {}, KEY_TYPE), node('identity', {}, identity), ...keys]);
}

export function registrationNode(id: number): StanzaNode {
  return node('registration', {}, bigEndian(id, REGISTRATION_BYTES));
}

export function keyNode(id: number, publicKey: Uint8Array): StanzaNode {
  return node('key', {}, [node('id', {}, bigEndian(id, ID_BYTES)), node('value', {}, publicKey)]);
}

export function signedKeyNode(id: number, publicKey: Uint8Array, signature: Uint8Array): StanzaNode {
  const parts = [node('id', {}, bigEndian(id, ID_BYTES)), node('value', {}, publicKey)];
  return node('skey', {}, [...parts, node('signature', {}, signature)]);
}

function bigEndian(value: number, bytes: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  buffer.writeUIntBE(value, 0, bytes);
  return buffer;
}
