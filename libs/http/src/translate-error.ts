import { HttpException } from '@nestjs/common';
import {
  AppError,
  ForbiddenError,
  GatewayUnavailableError,
  NotFoundError,
  RateLimitedError,
  UnauthorizedError,
  ValidationError,
} from '#errors';
import { AccountRestrictedError, WhatsAppRefusedError } from '#whatsapp';

/** Where WhatsApp does not say how long to wait. */
const RETRY_SECONDS = 60;

/** What the client is told of anything that was thrown; `undefined`: nothing but that it is our fault. */
export function translateError(thrown: unknown): AppError | undefined {
  if (thrown instanceof AppError) return thrown;
  if (thrown instanceof WhatsAppRefusedError) return refused(thrown);
  if (!(thrown instanceof HttpException)) return undefined;
  // What Express says of a path: Nest wraps it, and leaves a URIError of our own alone.
  if (thrown.cause instanceof URIError) return ValidationError.of('path', 'holds a malformed percent-encoding');
  return ofStatus(thrown.getStatus());
}

/** A feature maps what its methods are refused for; this is the answer for all that it does not expect. */
function refused(error: WhatsAppRefusedError): AppError {
  const { whatsappCode, backoffSeconds } = error;
  const details = { whatsappCode };
  if (whatsappCode === 429) {
    const wait = Math.max(1, Math.ceil(backoffSeconds ?? RETRY_SECONDS));
    return new RateLimitedError(
      'WhatsApp asks to slow down',
      wait,
      { reason: 'whatsapp_rate_limited' },
      { cause: error },
    );
  }
  if (whatsappCode === 463) return new AccountRestrictedError(error.restrictedUntil, { cause: error }).with(details);
  if (whatsappCode >= 500) {
    return new GatewayUnavailableError(
      'WhatsApp could not do it for now',
      RETRY_SECONDS,
      { reason: 'refused_by_whatsapp', ...details },
      { cause: error },
    );
  }
  return new ForbiddenError('refused_by_whatsapp', 'WhatsApp refused it', details, { cause: error });
}

function ofStatus(status: number): AppError | undefined {
  switch (status) {
    case 400:
      return ValidationError.of('request', 'is malformed');
    case 401:
      return new UnauthorizedError();
    case 403:
    case 404:
    case 405:
      return new NotFoundError('route');
    default:
      return undefined;
  }
}
