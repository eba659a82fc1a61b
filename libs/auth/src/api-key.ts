import { createHash, randomBytes } from 'node:crypto';
import { ulid } from 'ulid';

const FORMAT = /^wa_([0-7][0-9A-HJKMNP-TV-Z]{25})_[A-Za-z0-9_-]{43}$/;
const SECRET_BYTES = 32;

/** What a caller presents, taken apart. */
export interface PresentedKey {
  /** `key_<ulid>`: where the key is stored. */
  id: string;
  hash: Buffer;
}

export interface NewKey extends PresentedKey {
  /** `wa_<ulid>_<secret>`: shown once, stored nowhere. */
  secret: string;
}

export function newApiKey(): NewKey {
  const id = ulid();
  const secret = `wa_${id}_${randomBytes(SECRET_BYTES).toString('base64url')}`;
  return { id: `key_${id}`, secret, hash: hashOf(secret) };
}

/** `undefined` for anything that is not shaped like an api-key. */
export function parseApiKey(presented: string): PresentedKey | undefined {
  const id = FORMAT.exec(presented)?.[1];
  return id === undefined ? undefined : { id: `key_${id}`, hash: hashOf(presented) };
}

function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
