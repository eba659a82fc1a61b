import type { DocumentedError } from '#http';

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
