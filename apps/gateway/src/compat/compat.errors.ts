import { invalid, type DocumentedError } from '#http';
import { LIVE as LIVE_ANYWHERE, NOT_ADMIN as NOT_GROUP_ADMIN, NOT_CONNECTED, NOT_LET_IN } from '../groups/index.js';
import { INVALID_ACTION, NO_IDENTIFIER, NO_PARTICIPANT } from './messages.js';

/*
 * How product B's routes fail, as OpenAPI shows it: as the services of this gateway would say it. `describeProductB` puts
 * it into the words of product B.
 */

/** The message of the field alone. */
function whole(path: string, message: string): DocumentedError {
  return { ...invalid(path, message), message };
}

export { NOT_LET_IN };
export const INSTANCE: DocumentedError = { code: 'not_found', message: 'session not found' };
export const DISCONNECTED = NOT_CONNECTED;
const IDENTIFIER = whole('identifier', NO_IDENTIFIER);
export const ACTION = [whole('action', INVALID_ACTION), whole('participants', NO_PARTICIPANT)];
export const GROUP: DocumentedError[] = [
  IDENTIFIER,
  invalid('identifier', 'this invite is invalid or has expired'),
  INSTANCE,
  { code: 'not_found', message: 'group not found' },
];
export const INVITE = [IDENTIFIER, invalid('identifier', 'this invite is invalid or has expired')];
export const NEW_GROUP = [invalid('name', 'must not be empty'), whole('participants', NO_PARTICIPANT)];
export const CHANGE = [invalid('body', 'needs at least one of name, description, groupSettings')];
export const ADMIN = [NOT_GROUP_ADMIN];
export const LIVE = LIVE_ANYWHERE;

export const PARTICIPANTS_EXAMPLE = {
  success: true,
  message: 'add: done for 1 of 2 participants',
  groupJid: '120363406289005073@g.us',
  participants: [
    { jid: '5511999999999@s.whatsapp.net', success: true },
    { jid: '5511988888888@s.whatsapp.net', success: false, error: 'this user is not on WhatsApp' },
  ],
};
