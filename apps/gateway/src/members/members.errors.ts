import { type DocumentedError, invalid } from '#http';

export const NO_MEMBER: DocumentedError = { code: 'not_found', message: 'member not found' };
export const RESERVED: DocumentedError = {
  code: 'not_implemented',
  message: 'approving join requests is not implemented in v2',
  details: { reason: 'reserved' },
};
export const NO_PARTICIPANTS = invalid('participants', 'must not be empty');
/** Of the one who made the group. */
export const NOT_ALLOWED: DocumentedError = {
  code: 'forbidden',
  message: 'WhatsApp does not allow this for the member',
  details: { reason: 'refused_by_whatsapp', whatsappCode: 405 },
};
