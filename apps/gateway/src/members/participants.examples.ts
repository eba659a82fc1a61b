import { PARTICIPANT_MESSAGES } from './participant-reasons.js';
import type { ParticipantOutcome, ParticipantsOutcome } from './participants.js';

const groupJid = '120363041234567890@g.us';
const done: ParticipantOutcome = {
  input: '6281234567890',
  jid: '6281234567890@s.whatsapp.net',
  lid: '199789077627112@lid',
  success: true,
};
const refused: ParticipantOutcome = {
  input: '6289876543210@s.whatsapp.net',
  jid: '6289876543210@s.whatsapp.net',
  lid: '148571093452871@lid',
  success: false,
  error: {
    reason: 'privacy_blocked',
    message: PARTICIPANT_MESSAGES.privacy_blocked,
    whatsappCode: 403,
    inviteCode: 'AbCdEfGhIjKlMnOp',
    inviteExpiresAt: 1_719_400_000_000,
  },
};
const absent: ParticipantOutcome = {
  input: '199789077627199@lid',
  jid: '199789077627199@lid',
  lid: '199789077627199@lid',
  success: false,
  error: { reason: 'no_pending_request', message: PARTICIPANT_MESSAGES.no_pending_request, whatsappCode: 404 },
};

/** Outcomes, as OpenAPI shows them. */
export const SOME_ADDED: ParticipantsOutcome = {
  groupJid,
  action: 'add',
  partial: true,
  participants: [done, refused],
};
export const SOME_APPROVED: ParticipantsOutcome = {
  groupJid,
  action: 'approve',
  partial: true,
  participants: [done, absent],
};
export const SOME_REJECTED: ParticipantsOutcome = { ...SOME_APPROVED, action: 'reject' };

export function oneDone(action: 'remove' | 'promote' | 'demote'): ParticipantsOutcome {
  return { groupJid, action, partial: false, participants: [done] };
}
