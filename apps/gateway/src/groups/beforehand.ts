import { GatewayUnavailableError, RateLimitedError } from '#errors';
import { OutcomeUnknownError } from '#whatsapp';

const RETRY_SECONDS = 5;

/**
 * A question to WhatsApp that has to be answered before an action can be sent. When no answer comes, or a refusal that
 * ends by itself, the action was not done: no more is unknown than before, and the client may simply try again.
 */
export async function beforehand<T>(question: Promise<T>): Promise<T> {
  try {
    return await question;
  } catch (error) {
    throw withoutTrace(error);
  }
}

/** No cause and no code: those say of an action that WhatsApp has seen it, and an idempotency key would be kept for it. */
function withoutTrace(error: unknown): unknown {
  if (error instanceof OutcomeUnknownError) {
    return new GatewayUnavailableError('WhatsApp did not answer; nothing was done', RETRY_SECONDS);
  }
  if (error instanceof RateLimitedError) {
    return new RateLimitedError(error.message, error.retryAfterSeconds, { reason: error.details.reason });
  }
  if (error instanceof GatewayUnavailableError) {
    return new GatewayUnavailableError(error.message, error.retryAfterSeconds);
  }
  return error;
}
