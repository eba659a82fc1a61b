import { randomInt } from 'node:crypto';
import {
  addTransactionCapability,
  DEFAULT_CONNECTION_CONFIG,
  proto,
  unpadRandomMax16,
  type KeyPair,
  type SignalDataTypeMap,
  type SignalKeyStore,
} from '@whiskeysockets/baileys';
import { newKeyPair, type SigningKey } from '../wire/index.js';
import { KEY_TYPE, keyNode, registrationNode, signedKeyNode, type KeyBundle } from './key-bundle.js';
import { silent } from './silent-logger.js';

const SIGNED_PRE_KEY_ID = 1;
const REGISTRATION_IDS = 16_380;

/**
 * The end-to-end encryption of one phone. It never answers, so that every message it is sent opens a session
 * (`pkmsg`) and can be read from that alone: sessions are not kept, and pre-keys are.
 */
export class PhoneSignal {
  private readonly preKeys = new Map<string, KeyPair>();
  private readonly signedPreKey = newKeyPair();
  private readonly registrationId = randomInt(1, REGISTRATION_IDS);
  private readonly signature: Uint8Array;
  private readonly repository: ReturnType<typeof DEFAULT_CONNECTION_CONFIG.makeSignalRepository>;

  constructor(private readonly identity: SigningKey) {
    this.signature = identity.sign(KEY_TYPE, this.signedPreKey.public);
    const store: SignalKeyStore = {
      get: <T extends keyof SignalDataTypeMap>(type: T, ids: string[]) =>
        (type === 'pre-key' ? this.find(ids) : {}) as Record<string, SignalDataTypeMap[T]>,
      set: () => undefined,
    };
    const keys = addTransactionCapability(store, silent, { maxCommitRetries: 1, delayBetweenTriesMs: 0 });
    const creds = {
      signedIdentityKey: { public: identity.public, private: identity.scalar },
      signedPreKey: { keyPair: this.signedPreKey, signature: this.signature, keyId: SIGNED_PRE_KEY_ID },
      registrationId: this.registrationId,
    };
    this.repository = DEFAULT_CONNECTION_CONFIG.makeSignalRepository({ creds, keys }, silent);
  }

  /** With a one-time key that nobody else is given. */
  bundle(): KeyBundle {
    const id = this.preKeys.size + 1;
    const preKey = newKeyPair();
    this.preKeys.set(String(id), preKey);
    return {
      registration: registrationNode(this.registrationId),
      identity: this.identity.public,
      signedPreKey: signedKeyNode(SIGNED_PRE_KEY_ID, this.signedPreKey.public, this.signature),
      preKey: keyNode(id, preKey.public),
    };
  }

  /** `sender`: the LID of the device, which is its one address here. Throws when it cannot be read. */
  async decrypt(sender: string, type: 'pkmsg' | 'msg', ciphertext: Uint8Array): Promise<proto.Message> {
    const padded = await this.repository.decryptMessage({ jid: sender, type, ciphertext });
    return proto.Message.decode(unpadRandomMax16(padded));
  }

  close(): void {
    this.repository.close?.();
  }

  private find(ids: readonly string[]): Record<string, KeyPair> {
    const found = ids.flatMap((id) => {
      const key = this.preKeys.get(id);
      return key === undefined ? [] : [[id, key] as const];
    });
    return Object.fromEntries(found);
  }
}
