import { ConflictError, GatewayUnavailableError, RateLimitedError, type AppError } from '#errors';
import { AccountRestrictedError, type WhatsAppRefusedError } from '#whatsapp';

/** WhatsApp seldom says how long to wait; a minute is enough for the limits that were observed. */
const WHATSAPP_BACKOFF_SECONDS = 60;
const WHATSAPP_FAILURE_RETRY_SECONDS = 5;

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
