import type { SessionStatePatch } from '#store';
import type { AccountIdentity } from '#whatsapp';

/** Nobody is linked any more. */
export const UNLINKED = { waJid: null, waLid: null, phoneNumber: null };

export function identityPatch(identity: AccountIdentity): SessionStatePatch {
  return { waJid: identity.waJid, waLid: identity.waLid ?? null, phoneNumber: identity.phoneNumber };
}
