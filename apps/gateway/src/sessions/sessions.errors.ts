import { type DocumentedError, invalid } from '#http';

/** How the routes of this feature fail, as OpenAPI shows it. */
export const SESSION_NOT_FOUND: DocumentedError = { code: 'not_found', message: 'session not found' };
export const NOT_PAIRED: DocumentedError = {
  code: 'not_found',
  message: 'linked account not found',
  details: { reason: 'not_paired' },
};
export const NO_CODE: DocumentedError[] = [
  { code: 'not_found', message: 'code not found', details: { reason: 'qr_not_ready', sessionStatus: 'starting' } },
  { code: 'not_found', message: 'code not found', details: { reason: 'session_stopped', sessionStatus: 'stopped' } },
];
export const ALREADY_PAIRED: DocumentedError = {
  code: 'conflict',
  message: 'the session is linked to an account already',
  details: { reason: 'already_paired' },
};
export const LABEL_TAKEN: DocumentedError = {
  code: 'conflict',
  message: 'another session of the organization has this label',
  details: { reason: 'label_taken' },
};
export const KEY_RESTRICTED: DocumentedError = {
  code: 'forbidden',
  message: 'this api-key is limited to its sessions and cannot make new ones',
  details: { reason: 'key_restricted' },
};
export const TOO_MANY_CODES: DocumentedError = {
  code: 'rate_limited',
  message: 'WhatsApp allows no more pairing codes for this number now',
  details: { reason: 'whatsapp_rate_limited' },
};
/** Whoever waits for a code when the process begins to stop. */
export const SHUTTING_DOWN: DocumentedError = {
  code: 'gateway_unavailable',
  message: 'the gateway is shutting down',
  details: { reason: 'shutting_down' },
};
export const BAD_LABEL = invalid('label', 'must not be empty');
export const BAD_RATE = invalid('ratePerMin', 'must be a whole number from 1 to 10000');
export const BAD_WAIT = invalid('wait', 'must be a whole number from 0 to 60');
export const BAD_PHONE = [
  invalid('phone', 'must be a phone number: country code and number, digits only'),
  invalid('phone', 'WhatsApp does not accept this number for linking'),
];
