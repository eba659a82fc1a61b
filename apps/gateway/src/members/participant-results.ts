import type { MemberAction, ParticipantResult } from '#whatsapp';

/** Codes, beside 200, by which WhatsApp says that things already are as the action would make them. */
const ALREADY_SO: Record<MemberAction, readonly number[]> = {
  add: [409],
  remove: [404],
  promote: [409],
  demote: [409],
};

/** Whether the participant is now as the action wants it. */
export function isDone(action: MemberAction, code: number): boolean {
  return code === 200 || ALREADY_SO[action].includes(code);
}

export function declined(action: MemberAction, results: readonly ParticipantResult[]): ParticipantResult[] {
  return results.filter((result) => !isDone(action, result.code));
}

/**
 * What the store should take for done. `already a member` says nothing of the role, so an `add` that changed nothing
 * is left out.
 */
export function resultsToStore(action: MemberAction, results: readonly ParticipantResult[]): ParticipantResult[] {
  return results
    .filter((result) => result.code === 200 || (action !== 'add' && isDone(action, result.code)))
    .map((result) => ({ ...result, code: 200 }));
}
