import type { ParticipantAction } from '#whatsapp';

/** Why an action was not done for somebody. */
export const PARTICIPANT_REASONS = [
  'privacy_blocked',
  'not_on_whatsapp',
  'not_a_member',
  'recently_left',
  'already_member',
  'blocked',
  'group_full',
  'no_pending_request',
  'not_attempted',
  'unknown',
] as const;

export type ParticipantReason = (typeof PARTICIPANT_REASONS)[number];

/** What is asked for some people and a group. */
export interface ParticipantsRequest {
  action: ParticipantAction;
  /** At least one; each a JID or the digits of a phone number, for which `parseUserJid` is known to succeed. */
  participants: readonly string[];
  /** Of `add` only: those whom their privacy settings protect are sent an invite instead. */
  inviteFallback?: boolean;
}

export interface ParticipantError {
  reason: ParticipantReason;
  /** Ours, never WhatsApp's words. */
  message: string;
  /** Absent where WhatsApp was not asked, or did not answer. */
  whatsappCode?: number;
  /** An invite for just this user, which WhatsApp hands back with some refusals. */
  inviteCode?: string;
  /** Epoch milliseconds. */
  inviteExpiresAt?: number;
}

/** What became of one person. */
export interface ParticipantOutcome {
  /** As the client wrote it. */
  input: string;
  /** The phone JID when it is known, else the LID. */
  jid: string;
  lid?: string;
  success: boolean;
  /** Whether the invite was sent; set only where `inviteFallback` had one to send. */
  inviteSent?: boolean;
  /** Set unless `success`. */
  error?: ParticipantError;
}

/** What became of everybody, each named once, in the order of the request. */
export interface ParticipantsOutcome {
  groupJid: string;
  action: ParticipantAction;
  /** It was not done for some of them. */
  partial: boolean;
  participants: ParticipantOutcome[];
}
