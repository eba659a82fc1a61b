import type { Response } from 'express';
import { ConflictError, ForbiddenError, NotFoundError } from '#errors';
import { represent } from '#http';
import { OutcomeUnknownError } from '#whatsapp';
import { participantsFailed } from '../groups/index.js';
import { failed } from './participant-outcome.js';
import { notAdmin } from './participant-rights.js';
import type { ParticipantsOutcome } from './participants.js';

/** What a route that acts on some members answers: the outcome where the client asked for it, else how many failed. */
export function answerForSome(
  response: Response,
  asked: boolean,
  outcome: ParticipantsOutcome,
): ParticipantsOutcome | undefined {
  if (asked) return represent(response, outcome);
  response.set(participantsFailed(failed(outcome).length));
  return undefined;
}

/** The same for one member, whose refusal is the route's own. */
export function answerForOne(
  response: Response,
  asked: boolean,
  outcome: ParticipantsOutcome,
): ParticipantsOutcome | undefined {
  if (asked) return represent(response, outcome);
  for (const { error } of failed(outcome)) throw refusedForOne(error?.whatsappCode);
  return undefined;
}

/** WhatsApp refused the only participant there was, or (no code) did not say what became of them. */
function refusedForOne(whatsappCode: number | undefined): Error {
  switch (whatsappCode) {
    case undefined:
      return new OutcomeUnknownError();
    case 404:
      return new NotFoundError('member', { whatsappCode });
    case 401:
    case 403:
      return notAdmin().with({ whatsappCode });
    // Nobody removes or demotes the one who made the group.
    case 405:
    case 406:
      return new ForbiddenError('refused_by_whatsapp', 'WhatsApp does not allow this for the member', { whatsappCode });
    default:
      return new ConflictError('refused_by_whatsapp', 'WhatsApp refused this for the member', { whatsappCode });
  }
}
