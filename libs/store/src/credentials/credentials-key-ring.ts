import { createHash } from 'node:crypto';

export const KEY_BYTES = 32;

export interface CredentialsKey {
  /** The first 8 hex digits of the key's SHA-256: tells keys apart, gives nothing away. */
  id: string;
  secret: Buffer;
}

/** The key that encrypts, and the one before it, which still decrypts while keys are being changed. */
export class CredentialsKeyRing {
  readonly current: CredentialsKey;
  private readonly known: ReadonlyMap<string, CredentialsKey>;

  /** Each 32 bytes. */
  constructor(current: Buffer, previous?: Buffer) {
    this.current = keyOf(current);
    const keys = previous ? [keyOf(previous), this.current] : [this.current];
    this.known = new Map(keys.map((key) => [key.id, key]));
  }

  /** Of the keys that can decrypt. */
  get ids(): string[] {
    return [...this.known.keys()];
  }

  find(id: string): CredentialsKey | undefined {
    return this.known.get(id);
  }
}

function keyOf(secret: Buffer): CredentialsKey {
  if (secret.length !== KEY_BYTES) throw new Error(`a credentials key has ${KEY_BYTES} bytes, not ${secret.length}`);
  return { id: createHash('sha256').update(secret).digest('hex').slice(0, 8), secret };
}
