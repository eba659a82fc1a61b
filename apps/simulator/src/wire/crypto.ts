import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';

const X25519_PUBLIC_DER = Buffer.from('302a300506032b656e032100', 'hex');
const X25519_PRIVATE_DER = Buffer.from('302e020100300506032b656e04220420', 'hex');
const KEY_BYTES = 32;
const TAG_BYTES = 16;

export function sha256(...parts: Uint8Array[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

export function hmacSha256(key: Uint8Array, ...parts: Uint8Array[]): Buffer {
  const hmac = createHmac('sha256', key);
  for (const part of parts) hmac.update(part);
  return hmac.digest();
}

/** RFC 5869 with SHA-256. */
export function hkdf(input: Uint8Array, length: number, salt: Uint8Array, info = ''): Buffer {
  const key = hmacSha256(salt, input);
  const blocks: Buffer[] = [];
  let block: Buffer = Buffer.alloc(0);
  for (let made = 0; made < length; made += block.length) {
    block = hmacSha256(key, block, Buffer.from(info), Buffer.of(blocks.length + 1));
    blocks.push(block);
  }
  return Buffer.concat(blocks).subarray(0, length);
}

/** The tag follows the ciphertext. */
export function encryptGcm(plaintext: Uint8Array, key: Uint8Array, iv: Uint8Array, aad: Uint8Array): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  cipher.setAAD(aad);
  return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

/** Throws when the bytes were not made with this key. */
export function decryptGcm(sealed: Uint8Array, key: Uint8Array, iv: Uint8Array, aad: Uint8Array): Buffer {
  const split = sealed.length - TAG_BYTES;
  if (split < 0) throw new Error('sealed bytes are shorter than their tag');
  const decipher = createDecipheriv('aes-256-gcm', key, iv);
  decipher.setAAD(aad);
  decipher.setAuthTag(sealed.subarray(split));
  return Buffer.concat([decipher.update(sealed.subarray(0, split)), decipher.final()]);
}

/** Encrypts and decrypts alike. */
export function aesCtr(bytes: Uint8Array, key: Uint8Array, iv: Uint8Array): Buffer {
  const cipher = createCipheriv('aes-256-ctr', key, iv);
  return Buffer.concat([cipher.update(bytes), cipher.final()]);
}

/** A Diffie–Hellman key pair; `key` spares building the private key again at each agreement. */
export interface AgreementKey {
  readonly public: Buffer;
  readonly key: KeyObject;
}

export function newAgreementKey(): AgreementKey {
  const { publicKey, privateKey } = generateKeyPairSync('x25519');
  return { public: rawPublic(publicKey), key: privateKey };
}

/** As raw bytes, 32 each: public and private. */
export function newKeyPair(): { public: Buffer; private: Buffer } {
  const pair = newAgreementKey();
  return { public: pair.public, private: rawPrivate(pair.key) };
}

export function agreementKeyFrom(scalar: Uint8Array): AgreementKey {
  const key = createPrivateKey({
    key: Buffer.concat([X25519_PRIVATE_DER, scalar]),
    format: 'der',
    type: 'pkcs8',
  });
  return { public: rawPublic(createPublicKey(key)), key };
}

/** The shared secret. Throws on a malformed public key. */
export function agree(own: AgreementKey, theirs: Uint8Array): Buffer {
  if (theirs.length !== KEY_BYTES) throw new Error(`a public key has ${KEY_BYTES} bytes, not ${theirs.length}`);
  const publicKey = createPublicKey({ key: Buffer.concat([X25519_PUBLIC_DER, theirs]), format: 'der', type: 'spki' });
  return diffieHellman({ privateKey: own.key, publicKey });
}

export function rawPrivate(key: KeyObject): Buffer {
  return key.export({ format: 'der', type: 'pkcs8' }).subarray(X25519_PRIVATE_DER.length);
}

function rawPublic(key: KeyObject): Buffer {
  return key.export({ format: 'der', type: 'spki' }).subarray(X25519_PUBLIC_DER.length);
}
