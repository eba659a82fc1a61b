import type { ParticipantAction } from '#whatsapp';

/** In the order in which product B names them. */
export const PARTICIPANT_ACTIONS = [
  'add',
  'remove',
  'promote',
  'demote',
  'approve',
  'reject',
] as const satisfies readonly ParticipantAction[];
