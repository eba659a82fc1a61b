import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { addressOf, type CredentialPlace } from './credential-place.js';
import type { CredentialsKeyRing } from './credentials-key-ring.js';
import { CredentialsUnreadableError } from './credentials-unreadable.error.js';

export interface SealedValue {
  keyId: string;
  value: Buffer;
}

const CIPHER = 'aes-256-gcm';
/** Random: safe for 2^32 values under one key, far beyond what an installation writes between two keys. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** AES-256-GCM. A sealed value is nonce, tag and ciphertext, one after the other. */
export class CredentialsCipher {
  constructor(private readonly keys: CredentialsKeyRing) {}

  seal(place: CredentialPlace, value: Uint8Array): SealedValue {
    const { id, secret } = this.keys.current;
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, secret, nonce).setAAD(addressOf(place));
    const text = Buffer.concat([cipher.update(value), cipher.final()]);
    return { keyId: id, value: Buffer.concat([nonce, cipher.getAuthTag(), text]) };
  }

  /** Throws `CredentialsUnreadableError`. */
  open(place: CredentialPlace, { keyId, value }: SealedValue): Buffer {
    const key = this.keys.find(keyId);
    if (!key) throw new CredentialsUnreadableError(place, keyId, false);
    try {
      const decipher = createDecipheriv(CIPHER, key.secret, value.subarray(0, NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      });
      decipher.setAAD(addressOf(place)).setAuthTag(value.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
      return Buffer.concat([decipher.update(value.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]);
    } catch (error) {
      throw new CredentialsUnreadableError(place, keyId, true, { cause: error });
    }
  }
}
