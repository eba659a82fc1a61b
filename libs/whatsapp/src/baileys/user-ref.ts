import { parseUserJid, type UserRef } from '#whatsapp';

/** Servers that are other names of the two we know: the old name of the phone server, and Meta's hosted devices. */
const SAME_SERVER: Record<string, string> = {
  'c.us': 's.whatsapp.net',
  hosted: 's.whatsapp.net',
  'hosted.lid': 'lid',
};

/**
 * One user out of every address that a node gives: which attribute holds the LID and which the phone JID depends on
 * the group's addressing mode, so each is taken for what it is. `undefined` when none of them names a user.
 */
export function userRef(...addresses: (string | undefined)[]): UserRef | undefined {
  const user: UserRef = {};
  for (const address of addresses) {
    const parsed = address === undefined ? undefined : parseUserJid(canonical(address));
    if (parsed?.kind === 'phone') user.phoneJid ??= parsed.jid;
    if (parsed?.kind === 'lid') user.lid ??= parsed.jid;
  }
  return user.phoneJid === undefined && user.lid === undefined ? undefined : user;
}

export function isSameUser(one: UserRef | undefined, other: UserRef | undefined): boolean {
  if (!one || !other) return false;
  return (
    (one.lid !== undefined && one.lid === other.lid) || (one.phoneJid !== undefined && one.phoneJid === other.phoneJid)
  );
}

function canonical(address: string): string {
  const at = address.indexOf('@');
  const server = SAME_SERVER[address.slice(at + 1)];
  return at < 0 || server === undefined ? address : `${address.slice(0, at)}@${server}`;
}
