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
import { WhatsAppRefusedError } from '#whatsapp';

/** Where WhatsApp does not say how long to wait. */
const RETRY_SECONDS = 60;

/** What the client is told of anything that was thrown; `undefined`: nothing but that it is our fault. */
export function translateError(thrown: unknown): AppError | undefined {
  if (thrown instanceof AppError) return thrown;
  if (thrown instanceof WhatsAppRefusedError) return refused(thrown);
  // Express marks the one that it throws for a path; another is a mistake of ours.
  if (thrown instanceof URIError && 'status' in thrown) {
    return ValidationError.of('path', 'holds a malformed percent-encoding');
  }
  const status = thrown instanceof HttpException ? thrown.getStatus() : statusOf(thrown);
  return status === undefined ? undefined : ofStatus(status);
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

/** `send`, which serves the files of `/docs`, marks the errors that are the client's doing. */
function statusOf(thrown: unknown): number | undefined {
  if (!(thrown instanceof Error) || !('expose' in thrown) || thrown.expose !== true) return undefined;
  return 'statusCode' in thrown && typeof thrown.statusCode === 'number' ? thrown.statusCode : undefined;
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
