import { type DocumentedError, invalid, USER_JID_EXPECTED } from '#http';
import { JPEG_EXPECTED } from './jpeg.pipe.js';
import { NOT_ACCEPTED } from './refusal.js';

/** How live actions and reads of groups fail, as OpenAPI shows it. */
export const NOT_FOUND: DocumentedError[] = [
  { code: 'not_found', message: 'session not found' },
  { code: 'not_found', message: 'group not found' },
];
export const NOT_ADMIN: DocumentedError = {
  code: 'forbidden',
  message: 'the account is not an admin of this group',
  details: { reason: 'not_group_admin' },
};
export const RESTRICTED: DocumentedError = {
  code: 'forbidden',
  message: 'WhatsApp restricts this account',
  details: { reason: 'account_restricted', until: 1_719_400_000_000 },
};
export const NOT_CONNECTED: DocumentedError = {
  code: 'not_implemented',
  message: 'the session is not connected to WhatsApp',
  details: { reason: 'session_not_connected', sessionStatus: 'stopped' },
};
const WHATSAPP_FAILED: DocumentedError = {
  code: 'gateway_unavailable',
  message: 'WhatsApp failed to handle the request',
  details: { whatsappCode: 500 },
};
const TOO_MANY: DocumentedError[] = [
  {
    code: 'rate_limited',
    message: 'WhatsApp allows no more of this for now',
    details: { reason: 'whatsapp_rate_limited' },
  },
  {
    code: 'rate_limited',
    message: 'the session has used up its rate of live actions',
    details: { reason: 'session_rate_limited' },
  },
];
/** What any question to WhatsApp may end in. */
export const LIVE = [NOT_CONNECTED, RESTRICTED, 'conflict', ...TOO_MANY, WHATSAPP_FAILED, 'upstream_timeout'] as const;
export const NOT_A_USER = invalid('participants[0]', USER_JID_EXPECTED);
/** What WhatsApp takes differs from what is checked here, for texts of emoji above all. */
export const BAD_SUBJECT = [invalid('subject', 'must have at most 100 characters'), invalid('subject', NOT_ACCEPTED)];
export const BAD_NAME = [invalid('name', 'must not be empty'), invalid('name', NOT_ACCEPTED)];
export const NOTHING_TO_CHANGE = invalid('body', 'needs at least one of subject, description, announce…');
export const BAD_INVITE = [
  invalid('invite', 'must be an invite code or link'),
  invalid('invite', 'this invite is invalid or has expired'),
];
export const BAD_CODE = [
  invalid('code', 'must be an invite code or link'),
  invalid('code', 'this invite is invalid or has expired'),
];
export const NO_PICTURE: DocumentedError = { code: 'not_found', message: 'picture not found' };
export const BAD_PICTURE = [invalid('body', JPEG_EXPECTED), invalid('body', NOT_ACCEPTED)];
export const PICTURE_TOO_LARGE: DocumentedError = {
  code: 'payload_too_large',
  message: 'the body is larger than 512 KiB',
};
export const NOT_A_JPEG: DocumentedError = {
  code: 'unsupported_media_type',
  message: 'the body must be image/jpeg',
};
export const NOT_LET_IN: DocumentedError = {
  code: 'forbidden',
  message: 'WhatsApp does not let this account join the group',
  details: { reason: 'refused_by_whatsapp', whatsappCode: 403 },
};
