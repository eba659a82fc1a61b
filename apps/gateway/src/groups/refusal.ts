import {
  AppError,
  ConflictError,
  ForbiddenError,
  GatewayUnavailableError,
  NotFoundError,
  RateLimitedError,
  ValidationError,
} from '#errors';
import { AccountRestrictedError, WhatsAppRefusedError } from '#whatsapp';

/** WhatsApp seldom says how long to wait; a minute is enough for the limits that were observed. */
const WHATSAPP_BACKOFF_SECONDS = 60;
const WHATSAPP_FAILURE_RETRY_SECONDS = 5;

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

/** The refusals that mean the same whatever was asked. */
export function commonRefusal(error: WhatsAppRefusedError): AppError {
  const cause = { cause: error };
  const { whatsappCode } = error;
  if (whatsappCode === 429) {
    const seconds = error.backoffSeconds ?? WHATSAPP_BACKOFF_SECONDS;
    return new RateLimitedError(
      'WhatsApp allows no more of this for now',
      seconds,
      { reason: 'whatsapp_rate_limited' },
      cause,
    );
  }
  if (whatsappCode === 463) {
    return new AccountRestrictedError(error.restrictedUntil, cause).with({ whatsappCode });
  }
  if (whatsappCode >= 500) {
    const message = 'WhatsApp failed to handle the request';
    return new GatewayUnavailableError(message, WHATSAPP_FAILURE_RETRY_SECONDS, { whatsappCode }, cause);
  }
  return new ConflictError('refused_by_whatsapp', 'WhatsApp refused the request', { whatsappCode }, cause);
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
