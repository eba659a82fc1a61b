import { scrypt } from 'node:crypto';
import { promisify } from 'node:util';

/** How a key is made of a passphrase: 128 MiB and some 0.4 s for each guess. */
export const KDF = { name: 'scrypt', N: 2 ** 17, r: 8, p: 1 } as const;
const KEY_BYTES = 32;
/** Twice what these parameters take: Node's own bound is too low for them. */
const MAX_MEMORY_BYTES = 256 * 2 ** 20;

const derive = promisify<string, Buffer, number, object, Buffer>(scrypt);

/** 32 bytes. However the passphrase was typed, in composed or decomposed characters, it is the same one. */
export function passphraseKey(passphrase: string, salt: Buffer): Promise<Buffer> {
  const { N, r, p } = KDF;
  return derive(passphrase.normalize('NFC'), salt, KEY_BYTES, { N, r, p, maxmem: MAX_MEMORY_BYTES });
}
