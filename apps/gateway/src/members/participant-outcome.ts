import { UNANSWERED, type ParticipantAction, type UserRef } from '#whatsapp';
import type { Attempt } from './participant-batches.js';
import { failureFor, isSuccess, refusalOf } from './participant-reasons.js';
import { isDone } from './participant-results.js';
import type { ParticipantError, ParticipantOutcome, ParticipantsOutcome } from './participants.js';
import type { Person } from './people.js';

/** What became of everybody named, as it comes to be known: little is left to be done once the last of them is answered for. */
export class OutcomesSoFar {
  private readonly byJid = new Map<string, Person[]>();
  private readonly told = new Map<Person, ParticipantOutcome>();

  constructor(
    private readonly action: ParticipantAction,
    private readonly people: readonly Person[],
  ) {
    for (const person of people) {
      if (person.jid === undefined) continue;
      const namesakes = this.byJid.get(person.jid);
      if (namesakes) namesakes.push(person);
      else this.byJid.set(person.jid, [person]);
    }
  }

  add(attempts: readonly Attempt[]): void {
    for (const attempt of attempts) {
      for (const person of this.byJid.get(attempt.input) ?? []) {
        this.told.set(person, outcomeOf(this.action, person, attempt));
      }
    }
  }

  /** In the order in which they were named. */
  all(): ParticipantOutcome[] {
    return this.people.map((person) => this.told.get(person) ?? outcomeOf(this.action, person, undefined));
  }
}

/** `attempt`: what was sent for them; `undefined`: nothing, since nobody of that address can have asked to join. */
export function outcomeOf(
  action: ParticipantAction,
  { input, user }: Person,
  attempt: Attempt | undefined,
): ParticipantOutcome {
  const { phoneJid, lid }: UserRef = attempt && !('missing' in attempt) ? { ...user, ...known(attempt) } : user;
  const error = errorOf(action, attempt);
  return {
    input,
    jid: phoneJid ?? lid ?? input,
    ...(lid !== undefined && { lid }),
    success: error === undefined,
    ...(error && { error }),
  };
}

export function toOutcome(
  groupJid: string,
  action: ParticipantAction,
  participants: ParticipantOutcome[],
): ParticipantsOutcome {
  return { groupJid, action, partial: participants.some(({ success }) => !success), participants };
}

/** As product A has it: adding a member and removing an absentee are done, not refused. */
export function settled({ groupJid, action, participants }: ParticipantsOutcome): ParticipantsOutcome {
  if (action === 'approve' || action === 'reject') return toOutcome(groupJid, action, participants);
  const settledOnes = participants.map(({ error, ...outcome }): ParticipantOutcome => {
    const done = error?.whatsappCode !== undefined && isDone(action, error.whatsappCode);
    return done ? { ...outcome, success: true } : { ...outcome, ...(error && { error }) };
  });
  return toOutcome(groupJid, action, settledOnes);
}

export function failed({ participants }: ParticipantsOutcome): ParticipantOutcome[] {
  return participants.filter(({ success }) => !success);
}

function errorOf(action: ParticipantAction, attempt: Attempt | undefined): ParticipantError | undefined {
  if (!attempt) return failureFor('no_pending_request');
  if ('missing' in attempt) return failureFor(attempt.missing, attempt.whatsappCode);
  if (attempt.code === UNANSWERED) return failureFor('unknown');
  return isSuccess(action, attempt.code) ? undefined : refusalOf(action, attempt);
}

function known({ phoneJid, lid }: UserRef): UserRef {
  return { ...(phoneJid !== undefined && { phoneJid }), ...(lid !== undefined && { lid }) };
}
