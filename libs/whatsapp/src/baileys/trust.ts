import { Curve, WA_CERT_DETAILS } from '@whiskeysockets/baileys';
import { verifyXEdDSA } from './xeddsa.js';

const BAILEYS_VERIFY = Curve.verify;
const WHATSAPP_ROOT = WA_CERT_DETAILS.PUBLIC_KEY;
const LOOPBACK = /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])$/;
const KEY = /^[0-9a-f]{64}$/i;

/**
 * Baileys 7.0.0-rc14 drops the result of libsignal's check, so that every well-formed signature passes: neither the
 * server's certificate chain nor the signature of a linked account is checked at all. `on` puts a check in its place,
 * for the whole process; off leaves things as Baileys has them.
 */
export function checkSignatures(on: boolean): void {
  Curve.verify = on ? verifyXEdDSA : BAILEYS_VERIFY;
}

/**
 * Which key the server's certificate chain must end in, for the whole process: WhatsApp's, or (64 hex digits) that of
 * a server on this very machine. Throws where a root key comes with any other address.
 */
export function trustRoot(rootKey: string | undefined, url: string | undefined): void {
  if (rootKey === undefined) {
    WA_CERT_DETAILS.PUBLIC_KEY = WHATSAPP_ROOT;
    return;
  }
  if (url === undefined || !LOOPBACK.test(new URL(url).hostname)) {
    throw new Error('a root key of its own is accepted for a server on a loopback address only');
  }
  if (!KEY.test(rootKey)) throw new Error('the root key must be 64 hexadecimal digits');
  WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(rootKey, 'hex');
}
