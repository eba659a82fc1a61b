import { pbkdf2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { aesCtr, agree, decryptGcm, hkdf, newAgreementKey, type AgreementKey, type SigningKey } from '../wire/index.js';

const SALT_BYTES = 32;
const IV_BYTES = 16;
const GCM_IV_BYTES = 12;
const KEY_BYTES = 32;
const ITERATIONS = 131_072;
const NOTHING = Buffer.alloc(0);

const derive = promisify(pbkdf2);

/**
 * The phone's side of linking by a code that is typed on it. Each side wraps an ephemeral key under the code; from the
 * two, and both identities, comes the secret that a QR code would have told.
 */
export class CodeExchange {
  readonly ref = randomBytes(24).toString('base64');
  private readonly ephemeral: AgreementKey = newAgreementKey();
  private companionEphemeral?: Buffer;
  private finished?: (secret: Buffer) => void;
  private failed?: (reason: Error) => void;

  constructor(
    /** Digits that the companion asked the code for. */
    readonly phone: string,
    private readonly wrappedCompanionEphemeral: Buffer,
  ) {}

  /** Takes the code; what comes back goes to the companion. */
  async enter(code: string): Promise<Buffer> {
    const wrapped = this.wrappedCompanionEphemeral;
    const [salt, iv, sealed] = [
      cut(wrapped, 0, SALT_BYTES),
      cut(wrapped, SALT_BYTES, IV_BYTES),
      wrapped.subarray(SALT_BYTES + IV_BYTES),
    ];
    this.companionEphemeral = aesCtr(sealed, await this.key(code, salt), iv);
    const ownSalt = randomBytes(SALT_BYTES);
    const ownIv = randomBytes(IV_BYTES);
    return Buffer.concat([ownSalt, ownIv, aesCtr(this.ephemeral.public, await this.key(code, ownSalt), ownIv)]);
  }

  /** The secret, once the companion has sent its bundle; rejects when the code was not the one that it shows. */
  secret(): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      this.finished = resolve;
      this.failed = reject;
    });
  }

  /** The companion's last word. False when it does not fit: one of the two sides knows another code. */
  finish(bundle: Buffer, companionIdentity: Buffer, account: SigningKey): boolean {
    try {
      const secret = this.open(bundle, companionIdentity, account);
      this.finished?.(secret);
      return true;
    } catch (error) {
      this.failed?.(new Error('the pairing code is wrong', { cause: error }));
      return false;
    }
  }

  private open(bundle: Buffer, companionIdentity: Buffer, account: SigningKey): Buffer {
    if (this.companionEphemeral === undefined) throw new Error('no code was entered');
    const shared = agree(this.ephemeral, this.companionEphemeral);
    const key = hkdf(shared, KEY_BYTES, cut(bundle, 0, SALT_BYTES), 'link_code_pairing_key_bundle_encryption_key');
    const sealed = bundle.subarray(SALT_BYTES + GCM_IV_BYTES);
    const opened = decryptGcm(sealed, key, cut(bundle, SALT_BYTES, GCM_IV_BYTES), NOTHING);
    const [theirs, ours, random] = [0, 1, 2].map((index) => cut(opened, index * KEY_BYTES, KEY_BYTES)) as [
      Buffer,
      Buffer,
      Buffer,
    ];
    if (!theirs.equals(companionIdentity) || !ours.equals(account.public)) throw new Error('the identities differ');
    const identities = agree(account.agreement, companionIdentity);
    return hkdf(Buffer.concat([shared, identities, random]), KEY_BYTES, NOTHING, 'adv_secret');
  }

  private key(code: string, salt: Buffer): Promise<Buffer> {
    return derive(code, salt, ITERATIONS, KEY_BYTES, 'sha256');
  }
}

function cut(bytes: Buffer, start: number, length: number): Buffer {
  return bytes.subarray(start, start + length);
}
