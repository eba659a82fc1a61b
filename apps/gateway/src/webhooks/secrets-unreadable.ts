import { ConflictError } from '#errors';
import { CredentialsUnreadableError } from '#store';
import { SECRETS_UNREADABLE } from './webhooks.errors.js';

/** What to throw for `error`: who asked can do something about secrets that cannot be read. */
export function explained(error: unknown): unknown {
  if (!(error instanceof CredentialsUnreadableError)) return error;
  return new ConflictError('webhook_secrets_unreadable', SECRETS_UNREADABLE, {}, { cause: error });
}
