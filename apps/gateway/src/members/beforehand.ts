import { GatewayUnavailableError } from '#errors';
import { OutcomeUnknownError } from '#whatsapp';

const RETRY_SECONDS = 5;

/**
 * A question to WhatsApp that has to be answered before an action can be sent. When no answer comes, the action was not
 * done: no more is unknown than before, and the client may simply try again.
 */
export async function beforehand<T>(question: Promise<T>): Promise<T> {
  try {
    return await question;
  } catch (error) {
    if (!(error instanceof OutcomeUnknownError)) throw error;
    // No cause: that one says of an action that it may have been done, and an idempotency key would be kept for it.
    throw new GatewayUnavailableError('WhatsApp did not answer; nothing was done', RETRY_SECONDS);
  }
}
