/**
 * WhatsApp addresses ("JIDs"). A user has a phone JID (`<digits>@s.whatsapp.net`) and a LID (`<digits>@lid`); a device
 * suffix (`:12`) names one of the user's devices and is dropped wherever a user is meant.
 */
export const PHONE_SERVER = 's.whatsapp.net';
export const LID_SERVER = 'lid';
export const GROUP_SERVER = 'g.us';

export type UserJidKind = 'phone' | 'lid';

export interface UserJid {
  kind: UserJidKind;
  /** Normalized: no device suffix, no agent. */
  jid: string;
  /** The digits before the `@`. */
  user: string;
}

/** E.164: at most 15 digits, no leading zero. Five is below any number in use. */
const PHONE_DIGITS = /^[1-9]\d{4,14}$/;
const LID_DIGITS = /^[1-9]\d{4,19}$/;
/** Old groups are `<creator's phone>-<created at>`. */
const GROUP_ID = /^\d{5,20}(-\d{5,15})?$/;
const DEVICE_SUFFIX = /:\d{1,5}$/;

/** What names a user: a phone JID, a LID, or bare digits (a phone number). `undefined` for anything else. */
export function parseUserJid(input: string): UserJid | undefined {
  const at = input.indexOf('@');
  if (at < 0) return PHONE_DIGITS.test(input) ? phone(input) : undefined;
  const user = input.slice(0, at).replace(DEVICE_SUFFIX, '');
  const server = input.slice(at + 1);
  if (server === PHONE_SERVER && PHONE_DIGITS.test(user)) return phone(user);
  if (server === LID_SERVER && LID_DIGITS.test(user)) return { kind: 'lid', jid: `${user}@${LID_SERVER}`, user };
  return undefined;
}

function phone(user: string): UserJid {
  return { kind: 'phone', jid: `${user}@${PHONE_SERVER}`, user };
}

/** A group's JID as given when it is one, else `undefined`. */
export function parseGroupJid(input: string): string | undefined {
  const [id, server, ...rest] = input.split('@');
  return rest.length === 0 && server === GROUP_SERVER && id !== undefined && GROUP_ID.test(id) ? input : undefined;
}

/** The code of an invite: 22 URL-safe characters today, a margin for what may come. */
const INVITE_CODE = /^[A-Za-z0-9_-]{10,64}$/;
const INVITE_LINK = /^(?:https?:\/\/)?chat\.whatsapp\.com\/(?:invite\/)?([^/?#]+)\/?(?:[?#].*)?$/i;

/** The code in an invite link, or the bare code. `undefined` when it is neither. */
export function parseInvite(input: string): string | undefined {
  const trimmed = input.trim();
  const code = INVITE_LINK.exec(trimmed)?.[1] ?? trimmed;
  return INVITE_CODE.test(code) ? code : undefined;
}

export function inviteLink(code: string): string {
  return `https://chat.whatsapp.com/${code}`;
}

/** The phone number (digits) of a phone JID; `undefined` for a LID. */
export function phoneNumberOf(jid: string | undefined): string | undefined {
  const parsed = jid === undefined ? undefined : parseUserJid(jid);
  return parsed?.kind === 'phone' ? parsed.user : undefined;
}
