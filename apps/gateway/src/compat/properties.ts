import { problem, property, type PropertyOptions } from '#http';
import { parseGroupJid, parseInvite } from '#whatsapp';
import { INVALID_ACTION, NO_IDENTIFIER, NO_PARTICIPANT } from './messages.js';
import { PARTICIPANT_ACTIONS } from './participant-actions.js';

const MOST_PARTICIPANTS = 1024;
const GROUP_EXPECTED = 'must be the JID of a group, an invite code or an invite link';
const INVITE_EXPECTED = 'must be an invite code or an invite link';

/** One of the six actions on participants. */
export function Action(): PropertyDecorator {
  return property(
    { description: 'What to do with them', example: 'add' },
    {
      missing: INVALID_ACTION,
      schema: { enum: [...PARTICIPANT_ACTIONS], enumName: 'ParticipantAction' },
      problems: (value) => (PARTICIPANT_ACTIONS.some((action) => action === value) ? [] : problem(INVALID_ACTION)),
    },
  );
}

/** Numbers or JIDs. What is wrong with one of them is told in its own result: here only the list counts. */
export function Participants(description: string): PropertyDecorator {
  const example = ['5511999999999', '199789077627112@lid'];
  return property(
    { description, example },
    {
      missing: NO_PARTICIPANT,
      schema: { type: String, isArray: true, minItems: 1, maxItems: MOST_PARTICIPANTS },
      problems: (value) => {
        if (!Array.isArray(value) || value.length === 0) return problem(NO_PARTICIPANT);
        return value.length > MOST_PARTICIPANTS ? problem(`must have at most ${MOST_PARTICIPANTS} items`) : [];
      },
    },
  );
}

/** What names a group: its JID, an invite code or an invite link. */
export function Identifier(): PropertyDecorator {
  return identifier(
    { description: 'The JID of the group, an invite code, or an invite link', example: '120363406289005073@g.us' },
    GROUP_EXPECTED,
    (text) => parseGroupJid(text) ?? parseInvite(text),
  );
}

/** As `Identifier`, for a group that the account is not in yet. */
export function InviteIdentifier(): PropertyDecorator {
  return identifier(
    { description: 'An invite code or link', example: 'https://chat.whatsapp.com/AbCdEfGhIjKlMnOpQrStUv' },
    INVITE_EXPECTED,
    parseInvite,
  );
}

function identifier(
  options: PropertyOptions,
  expected: string,
  parse: (text: string) => string | undefined,
): PropertyDecorator {
  return property(options, {
    missing: NO_IDENTIFIER,
    schema: { type: String, minLength: 1, maxLength: 512 },
    problems: (value) => {
      if (typeof value !== 'string' || value.trim() === '') return problem(NO_IDENTIFIER);
      return parse(value) === undefined ? problem(expected) : [];
    },
  });
}
