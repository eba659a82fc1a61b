import type { ParticipantAction, ParticipantResult } from '#whatsapp';
import type { ParticipantError, ParticipantReason } from './participants.js';

const DONE = 200;
const ALREADY_SO = 409;
const RATE_LIMITED = 429;
const RESTRICTED = 463;

/** WhatsApp's codes for one participant, by what was asked: the same number means different things. */
const REASONS: Record<ParticipantAction, Readonly<Record<number, ParticipantReason>>> = {
  add: {
    401: 'blocked',
    403: 'privacy_blocked',
    404: 'not_on_whatsapp',
    408: 'recently_left',
    [ALREADY_SO]: 'already_member',
    419: 'group_full',
  },
  remove: { 404: 'not_a_member' },
  promote: { 404: 'not_a_member' },
  demote: { 404: 'not_a_member' },
  approve: {
    401: 'blocked',
    404: 'no_pending_request',
    408: 'recently_left',
    [ALREADY_SO]: 'already_member',
    419: 'group_full',
  },
  reject: { 404: 'no_pending_request' },
};

/** For people; what WhatsApp says is never repeated. */
export const PARTICIPANT_MESSAGES: Record<ParticipantReason, string> = {
  privacy_blocked: 'the privacy settings of this user do not let the account add them',
  not_on_whatsapp: 'this user is not on WhatsApp',
  not_a_member: 'this user is not a member of the group',
  recently_left: 'this user left the group a short while ago',
  already_member: 'this user is a member of the group already',
  blocked: 'this user has blocked the account',
  group_full: 'the group is full',
  no_pending_request: 'this user has not asked to join the group',
  not_attempted: 'not attempted, because WhatsApp or the session stopped the batch before',
  unknown: 'not done for a reason that only WhatsApp knows',
};

/** Whether the participant is now as the action wants it: promoting an admin and demoting a plain member change nothing. */
export function isSuccess(action: ParticipantAction, code: number): boolean {
  return code === DONE || (code === ALREADY_SO && (action === 'promote' || action === 'demote'));
}

/** WhatsApp wants no more of this for now: whatever is sent next makes it worse. */
export function isLimit(code: number): boolean {
  return code === RATE_LIMITED || code === RESTRICTED;
}

/** For a code that is not `isSuccess`. */
export function refusalOf(action: ParticipantAction, { code, invite }: ParticipantResult): ParticipantError {
  const reason = isLimit(code) ? 'not_attempted' : (REASONS[action][code] ?? 'unknown');
  return {
    ...failureFor(reason, code),
    ...(invite && { inviteCode: invite.code }),
    ...(invite?.expiresAt !== undefined && { inviteExpiresAt: invite.expiresAt }),
  };
}

const UNANSWERED = 'no answer came: whether this was done is not known';

export function failureFor(reason: ParticipantReason, whatsappCode?: number): ParticipantError {
  const isUnanswered = reason === 'unknown' && whatsappCode === undefined;
  const message = isUnanswered ? UNANSWERED : PARTICIPANT_MESSAGES[reason];
  return { reason, message, ...(whatsappCode !== undefined && { whatsappCode }) };
}
