import type { IncomingMessage } from 'node:http';
import { ValidationError } from '#errors';

export const IDEMPOTENCY_KEY = 'Idempotency-Key';

const WELL_FORMED = /^[\x21-\x7e]{1,255}$/;

/** The request's key. Throws `ValidationError` for one that is malformed; to be called only where there is one. */
export function idempotencyKeyOf({ headers }: IncomingMessage): string {
  const given = headers['idempotency-key'];
  if (typeof given !== 'string' || !WELL_FORMED.test(given)) {
    throw ValidationError.of(IDEMPOTENCY_KEY, 'must be 1 to 255 visible ASCII characters');
  }
  return given;
}
