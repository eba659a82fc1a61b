const HEADER = 'X-Participants-Failed';

/** The header that tells of participants whom WhatsApp declined in a call that succeeded as a whole. */
export function participantsFailed(count: number): Record<string, string> {
  return count > 0 ? { [HEADER]: String(count) } : {};
}

/** As OpenAPI shows it. */
export const PARTICIPANTS_FAILED = {
  [HEADER]: {
    description: 'How many participants WhatsApp declined; only set where it declined some',
    schema: { type: 'integer' as const },
  },
};
