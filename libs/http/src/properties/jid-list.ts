import { parseUserJid } from '#whatsapp';
import { list, type ListOptions } from './list.js';

/**
 * Users, each named by phone JID, by LID or by bare digits. The items stay as the caller wrote them, so that an answer can
 * repeat them; `parseUserJid` is known to succeed for each.
 */
export function JidList(options: ListOptions): PropertyDecorator {
  return list(
    { example: ['6281234567890@s.whatsapp.net'], ...options },
    {
      schema: { type: String },
      problem: (item) => (typeof item === 'string' && parseUserJid(item) ? undefined : USER_JID_EXPECTED),
    },
  );
}

export const USER_JID_EXPECTED =
  'must be a user: <digits>@s.whatsapp.net, <digits>@lid, or the digits of a phone number';
