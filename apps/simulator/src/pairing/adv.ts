import { randomInt } from 'node:crypto';
import { proto } from '@whiskeysockets/baileys';
import type { SigningKey } from '../wire/index.js';
import { hmacSha256, isSignedBy } from '../wire/index.js';

/** What each signature of an "account–device–verification" identity starts with. */
const ACCOUNT_PREFIX = Buffer.of(6, 0);
const DEVICE_PREFIX = Buffer.of(6, 1);

/** What the phone signs when it takes a companion device in. */
export interface SignedIdentity {
  /** `ADVSignedDeviceIdentity`, still without the device's own signature. */
  readonly bytes: Buffer;
  readonly details: Buffer;
  readonly accountKey: Buffer;
  readonly accountSignature: Buffer;
}

/** `signer`: somebody else than the account, to forge a signature. */
export function signIdentity(
  account: SigningKey,
  deviceIdentity: Uint8Array,
  keyIndex: number,
  signer: SigningKey = account,
): SignedIdentity {
  const details = Buffer.from(
    proto.ADVDeviceIdentity.encode({
      rawId: randomInt(1, 2 ** 31),
      timestamp: Math.floor(Date.now() / 1000),
      keyIndex,
      accountType: proto.ADVEncryptionType.E2EE,
      deviceType: proto.ADVEncryptionType.E2EE,
    }).finish(),
  );
  const accountSignature = signer.sign(ACCOUNT_PREFIX, details, deviceIdentity);
  const accountKey = account.public;
  const bytes = Buffer.from(
    proto.ADVSignedDeviceIdentity.encode({ details, accountSignature, accountSignatureKey: accountKey }).finish(),
  );
  return { bytes, details, accountKey, accountSignature };
}

/** The identity under the secret that only the QR code (or the pairing code) told the phone. */
export function sealIdentity(identity: SignedIdentity, secret: Uint8Array, forge = false): Uint8Array {
  const key = forge ? Buffer.alloc(secret.length) : secret;
  return proto.ADVSignedDeviceIdentityHMAC.encode({
    details: identity.bytes,
    hmac: hmacSha256(key, identity.bytes),
  }).finish();
}

/** Whether what came back carries the device's signature over just this identity. */
export function isAcceptedByDevice(identity: SignedIdentity, answer: Uint8Array, deviceIdentity: Uint8Array): boolean {
  const { deviceSignature } = proto.ADVSignedDeviceIdentity.decode(answer);
  if (!deviceSignature) return false;
  return isSignedBy(deviceIdentity, deviceMessage(identity, deviceIdentity), deviceSignature);
}

/** The device's own signature, for one that is made here. */
export function signAsDevice(identity: SignedIdentity, device: SigningKey): Buffer {
  return device.sign(deviceMessage(identity, device.public));
}

function deviceMessage({ details, accountKey }: SignedIdentity, deviceIdentity: Uint8Array): Buffer {
  return Buffer.concat([DEVICE_PREFIX, details, deviceIdentity, accountKey]);
}
