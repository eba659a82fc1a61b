import { randomBytes } from 'node:crypto';
import {
  aesEncryptCTR,
  bytesToCrockford,
  derivePairingCodeKey,
  getCompanionPlatformId,
  type AuthenticationCreds,
} from '@whiskeysockets/baileys';
import { DEVICE } from './make-socket.js';
import type { BinaryNode } from './node.js';
import type { Query } from './query.js';

/**
 * WhatsApp checks the device's name here, and here alone: what is no common browser on a common system is refused
 * with 400. After linking the phone shows the name that the registration gave.
 */
const DISPLAY_NAME = 'Chrome (Linux)';

/** Eight characters to be typed on the phone. */
export function newPairingCode(): string {
  return bytesToCrockford(randomBytes(5));
}

/**
 * Announces `code` for the account with this phone number. Baileys' own function does not wait for the answer, so that
 * a refusal is lost and a dead code is shown; and it names the account in the creds before WhatsApp agreed.
 */
export async function pairingCodeRequest(
  phoneJid: string,
  code: string,
  creds: AuthenticationCreds,
): Promise<Query<void>> {
  const salt = randomBytes(32);
  const iv = randomBytes(16);
  const key = await derivePairingCodeKey(code, salt);
  const ephemeral = aesEncryptCTR(Buffer.from(creds.pairingEphemeralKeyPair.public), key, iv);
  const attrs = { jid: phoneJid, stage: 'companion_hello', should_show_push_notification: 'true' };
  return {
    xmlns: 'md',
    to: '@s.whatsapp.net',
    type: 'set',
    content: {
      tag: 'link_code_companion_reg',
      attrs,
      content: [
        leaf('link_code_pairing_wrapped_companion_ephemeral_pub', Buffer.concat([salt, iv, ephemeral])),
        leaf('companion_server_auth_key_pub', creds.noiseKey.public),
        leaf('companion_platform_id', getCompanionPlatformId(DEVICE)),
        leaf('companion_platform_display', DISPLAY_NAME),
        leaf('link_code_pairing_nonce', '0'),
      ],
    },
    expect: ['link_code_companion_reg'],
    read: () => undefined,
  };
}

function leaf(tag: string, content: Uint8Array | string): BinaryNode {
  return { tag, attrs: {}, content };
}
