import { createPublicKey, verify, type KeyObject } from 'node:crypto';

/** The prime of Curve25519. */
const P = 2n ** 255n - 19n;
/** What stands before the 32 bytes of an Ed25519 public key in its DER form (SPKI). */
const ED25519_SPKI = Buffer.from('302a300506032b6570032100', 'hex');
const SIGN_BIT = 0x80;
const KEY_TYPE_BYTES = 1;

/**
 * Whether `signature` is an XEdDSA signature of `message` under a Curve25519 key (32 bytes, or 33 with Signal's type
 * byte). It is an Ed25519 signature under the same point in its Edwards form, so OpenSSL can check it: the pure
 * JavaScript that Baileys carries takes fifty times as long. Anything malformed is `false`.
 */
export function verifyXEdDSA(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const u = publicKey.length === 33 ? publicKey.subarray(KEY_TYPE_BYTES) : publicKey;
  if (u.length !== 32 || signature.length !== 64) return false;
  // The sign of the Edwards point is lost in a Curve25519 key; it travels in a bit of the signature that is not in use.
  const plain = Buffer.from(signature);
  const sign = plain.readUInt8(63) & SIGN_BIT;
  plain.writeUInt8(plain.readUInt8(63) & ~SIGN_BIT, 63);
  const key = edwardsKey(u, sign);
  return key !== undefined && verify(null, message, key, plain);
}

/** y = (u − 1) / (u + 1). `undefined` for the one u that has no such y. */
function edwardsKey(u: Uint8Array, sign: number): KeyObject | undefined {
  const x = littleEndian(u) & ((1n << 255n) - 1n);
  const inverse = invert(modulo(x + 1n));
  if (inverse === undefined) return undefined;
  const y = modulo((x - 1n) * inverse);
  const bytes = Buffer.from(y.toString(16).padStart(64, '0'), 'hex').reverse();
  bytes.writeUInt8(bytes.readUInt8(31) | sign, 31);
  return createPublicKey({ key: Buffer.concat([ED25519_SPKI, bytes]), format: 'der', type: 'spki' });
}

function littleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);
}

function modulo(value: bigint): bigint {
  const rest = value % P;
  return rest < 0n ? rest + P : rest;
}

/** By Euclid's algorithm. */
function invert(value: bigint): bigint | undefined {
  let [a, b] = [value, P];
  let [x, y] = [1n, 0n];
  while (b !== 0n) {
    const q = a / b;
    [a, b] = [b, a - q * b];
    [x, y] = [y, x - q * y];
  }
  return a === 1n ? modulo(x) : undefined;
}
