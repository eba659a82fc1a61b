/** What a QR code tells the phone. */
export interface QrContent {
  ref: string;
  noiseKey: Buffer;
  identityKey: Buffer;
  advSecret: Buffer;
}

const FIELDS = 5;
const KEY_BYTES = 32;

/** Reads `https://wa.me/settings/linked_devices#ref,noise,identity,secret,platform`. Throws a `RangeError` when it is not one. */
export function readQr(qr: string): QrContent {
  const parts = qr.slice(qr.indexOf('#') + 1).split(',');
  const [ref, noise, identity, secret] = parts;
  if (parts.length < FIELDS || ref === undefined || noise === undefined || identity === undefined) {
    throw new RangeError('qr: not the code of a companion device');
  }
  return { ref, noiseKey: key(noise), identityKey: key(identity), advSecret: key(secret ?? '') };
}

function key(base64: string): Buffer {
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.length !== KEY_BYTES) throw new RangeError('qr: not the code of a companion device');
  return bytes;
}
