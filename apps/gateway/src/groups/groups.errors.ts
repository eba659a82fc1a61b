import type { DocumentedError } from '#http';

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
  details: { reason: 'account_restricted' },
};
export const NOT_CONNECTED: DocumentedError = {
  code: 'not_implemented',
  message: 'the session is not connected to WhatsApp',
  details: { reason: 'session_not_connected', sessionStatus: 'stopped' },
};
/** What any question to WhatsApp may end in. */
export const LIVE = [
  NOT_CONNECTED,
  RESTRICTED,
  'conflict',
  'rate_limited',
  'gateway_unavailable',
  'upstream_timeout',
] as const;
