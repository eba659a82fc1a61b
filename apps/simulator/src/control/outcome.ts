import type { Outcome } from '../world/index.js';

/** What became of one participant. */
export function describeOutcome({ input, code, invite }: Outcome): unknown {
  return { input, code, ...(invite && { invite: { code: invite.code, expiresAt: invite.expiresAt } }) };
}
