import { createHash } from 'node:crypto';
import { proto } from '@whiskeysockets/baileys';
import { newAgreementKey, type AgreementKey } from './crypto.js';
import { SigningKey } from './signing-key.js';

export type ForgedCertificate = 'leaf' | 'intermediate';

const ROOT_SERIAL = 0;
const INTERMEDIATE_SERIAL = 1;
const LEAF_SERIAL = 2;
const VALID_SECONDS = 365 * 24 * 60 * 60;

/** The server's key and the chain that vouches for it: root → intermediate → leaf. */
export class ServerIdentity {
  readonly rootKey: string;
  readonly staticKey: AgreementKey = newAgreementKey();
  readonly certificates: Buffer;
  private readonly forged = new Map<ForgedCertificate, Buffer>();

  /** `seed`: 32 bytes, so that a root can be the same in every run. */
  constructor(seed?: Uint8Array) {
    const root = new SigningKey(seed);
    const intermediate = new SigningKey(seed && createHash('sha256').update(seed).digest());
    const stranger = new SigningKey();
    const intermediateDetails = details(INTERMEDIATE_SERIAL, ROOT_SERIAL, intermediate.public);
    const leafDetails = details(LEAF_SERIAL, INTERMEDIATE_SERIAL, this.staticKey.public);
    const chain = (signer: SigningKey, leafSigner: SigningKey): Buffer =>
      Buffer.from(
        proto.CertChain.encode({
          intermediate: { details: intermediateDetails, signature: signer.sign(intermediateDetails) },
          leaf: { details: leafDetails, signature: leafSigner.sign(leafDetails) },
        }).finish(),
      );
    this.rootKey = root.public.toString('hex');
    this.certificates = chain(root, intermediate);
    this.forged.set('leaf', chain(root, stranger));
    this.forged.set('intermediate', chain(stranger, intermediate));
  }

  /** The chain with one signature made by somebody else. */
  forgedCertificates(which: ForgedCertificate): Buffer {
    const chain = this.forged.get(which);
    if (chain === undefined) throw new Error(`there is no forged ${which}`);
    return chain;
  }
}

function details(serial: number, issuerSerial: number, key: Uint8Array): Uint8Array {
  const now = Math.floor(Date.now() / 1000);
  return proto.CertChain.NoiseCertificate.Details.encode({
    serial,
    issuerSerial,
    key,
    notBefore: now - VALID_SECONDS,
    notAfter: now + VALID_SECONDS,
  }).finish();
}
