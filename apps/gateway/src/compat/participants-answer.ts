import { USER_JID_EXPECTED } from '#http';
import type { ParticipantAction } from '#whatsapp';
import type { ParticipantOutcome } from '../members/index.js';
import type { ParticipantResultView, ParticipantsAnswer } from './answers.dto.js';
import type { NamedParticipant } from './named-participants.js';

/** A result for each of `named`, in their order. `outcomes`: of those who could be acted on, by JID. */
export function participantsAnswer(
  groupJid: string,
  action: ParticipantAction,
  named: readonly NamedParticipant[],
  outcomes: readonly ParticipantOutcome[],
): ParticipantsAnswer {
  const byJid = new Map(outcomes.map((outcome) => [outcome.input, outcome]));
  const participants = named.map(({ text, jid }) => {
    const outcome = jid === undefined ? undefined : byJid.get(jid);
    return jid === undefined || !outcome ? malformed(text) : resultOf(jid, outcome);
  });
  const done = participants.filter(({ success }) => success).length;
  const message = `${action}: done for ${done} of ${participants.length} participants`;
  return { success: true, message, groupJid, participants };
}

function malformed(text: string): ParticipantResultView {
  return { jid: text, success: false, error: USER_JID_EXPECTED };
}

function resultOf(jid: string, { success, error }: ParticipantOutcome): ParticipantResultView {
  return { jid, success, ...(error && { error: error.message }) };
}
