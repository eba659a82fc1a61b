import { ForbiddenError, NotFoundError, ValidationError } from '#errors';
import { WhatsAppRefusedError } from '#whatsapp';
import { commonRefusal } from '../sessions/index.js';

export const NOT_ACCEPTED = 'is nothing that WhatsApp accepts';

/**
 * What a client is told when WhatsApp refuses a query about a group as a whole. `iHaveLeft`: by what is stored, the
 * account is not in the group, so a refusal of rights means that there is no such group for it.
 * An error that is not a refusal passes as it is.
 */
export function groupRefusal(error: unknown, iHaveLeft: boolean): unknown {
  if (!(error instanceof WhatsAppRefusedError)) return error;
  const cause = { cause: error };
  const { whatsappCode } = error;
  switch (whatsappCode) {
    case 401:
    case 403:
      return iHaveLeft
        ? new NotFoundError('group', {}, cause)
        : new ForbiddenError('not_group_admin', 'the account is not an admin of this group', { whatsappCode }, cause);
    case 404:
    case 410:
      return new NotFoundError('group', {}, cause);
    default:
      return commonRefusal(error);
  }
}

/** The one field of a request that a call carries to WhatsApp: 406 means that WhatsApp takes no such value. */
export async function acceptedAs<T>(field: string, call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    const refused = error instanceof WhatsAppRefusedError && error.whatsappCode === 406;
    throw refused ? ValidationError.of(field, NOT_ACCEPTED, { cause: error }) : error;
  }
}
