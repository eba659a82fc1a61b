import { PARTICIPANT_ACTIONS } from './participant-actions.js';

/** What product B says, word for word: its clients compare. */
export const INVALID_ACTION = `Invalid action. Must be one of: ${PARTICIPANT_ACTIONS.join(', ')}`;
export const NO_PARTICIPANT = 'At least one participant is required';
export const NO_IDENTIFIER = 'Identifier is required';
export const NOT_ADMIN = 'Not authorized to perform this action (must be admin)';
export const NO_GROUP = 'Group not found or you are not a member of this group';
export const NO_INSTANCE = 'Instance not found';
export const NOT_CONNECTED = 'Instance is not connected to WhatsApp';
export const TOO_MANY_REQUESTS = 'Rate limit exceeded. Try again later.';
