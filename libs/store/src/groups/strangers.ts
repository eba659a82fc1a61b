import type { GroupSnapshot, UserRef } from '#whatsapp';
import { isIdentity } from '../identities/identity-draft.js';

/**
 * Those of a snapshot whom its stored `members` do not tell all about: the stored identities have to be asked. Nobody, as
 * a rule: what a member is stored under is stored as an identity, too.
 */
export function strangers(snapshot: GroupSnapshot, members: readonly UserRef[], self: UserRef): UserRef[] {
  const phones = new Map<string, string>();
  const lids = new Set<string>();
  for (const member of members) {
    if (!isIdentity(member)) continue;
    phones.set(member.phoneJid, member.lid);
    lids.add(member.lid);
  }
  const isKnown = ({ phoneJid, lid }: UserRef): boolean => {
    if (phoneJid === undefined) return lid === undefined || lids.has(lid);
    const stored = phones.get(phoneJid);
    return stored !== undefined && (lid ?? stored) === stored;
  };
  return [...snapshot.participants, ...(snapshot.owner ? [snapshot.owner] : []), self].filter((user) => !isKnown(user));
}
