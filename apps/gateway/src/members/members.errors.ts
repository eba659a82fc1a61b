import { type DocumentedError, invalid } from '#http';
import { INVALID_ACTION } from './participants.dto.js';

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
export const BAD_ACTION = invalid('action', INVALID_ACTION);
export const NO_FALLBACK = invalid('inviteFallback', 'goes with the action add only');
export const BAD_GROUP_INVITE = invalid('gid', 'this invite is invalid or has expired');
export const APPROVAL_OFF: DocumentedError = {
  code: 'conflict',
  message: 'members of this group join without approval',
  details: { reason: 'join_approval_off' },
};
