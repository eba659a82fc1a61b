/** The header that tells of participants whom WhatsApp declined in a call that succeeded as a whole. */
export function participantsFailed(count: number): Record<string, string> {
  return count > 0 ? { 'X-Participants-Failed': String(count) } : {};
}
