import { RATE_LIMIT_EXTENSION, type RateLimitSchemeName } from '#auth';
import { errorContent, IDEMPOTENCY_KEY, IDEMPOTENT_EXTENSION, invalid, REPLAYED, STATUS_OF } from '#http';
import { addHeaders, join, type Operation } from './openapi-responses.js';

const integer = (description: string) => ({ description, schema: { type: 'integer' as const } });

const limitHeaders = (prefix: string, reset: string) => ({
  [`${prefix}-Limit`]: integer('How many requests the credential may make in a minute'),
  [`${prefix}-Remaining`]: integer('How many of them are left'),
  [`${prefix}-Reset`]: integer(reset),
});

const HEADERS: Readonly<Record<RateLimitSchemeName, ReturnType<typeof limitHeaders>>> = {
  gateway: limitHeaders('RateLimit', 'Seconds until all of them are there again'),
  'product-b': limitHeaders('X-RateLimit', 'When all of them are there again, in Unix seconds'),
};

const TOO_MANY = errorContent('rate_limited', [
  {
    code: 'rate_limited',
    message: 'this credential has made too many requests in the last minute',
    details: { reason: 'credential_rate_limited' },
  },
]);

/** Every request of a credential counts, whatever comes of it. For operations that need one. */
export function addRateLimit(operation: Operation): void {
  const extended = operation as { [RATE_LIMIT_EXTENSION]?: RateLimitSchemeName };
  const scheme = extended[RATE_LIMIT_EXTENSION] ?? 'gateway';
  delete extended[RATE_LIMIT_EXTENSION];
  join(operation, STATUS_OF.rate_limited, TOO_MANY);
  addHeaders(operation, HEADERS[scheme], (status) => status !== STATUS_OF.unauthorized);
}

const BAD_KEY = errorContent('validation_error', [
  { ...invalid(IDEMPOTENCY_KEY, 'must be 1 to 255 visible ASCII characters'), code: 'validation_error' },
]);
const KEY_TAKEN = errorContent('conflict', [
  {
    code: 'conflict',
    message: 'the first request with this key is still running',
    details: { reason: 'idempotency_key_in_use' },
  },
  {
    code: 'conflict',
    message: 'this key was used for another request',
    details: { reason: 'idempotency_key_reused' },
  },
]);
const REPLAY = {
  [REPLAYED]: {
    description: '`true`: this is what the first request with the key was answered; nothing was done',
    schema: { type: 'string' as const, enum: ['true'] },
  },
};

/** What follows from `Idempotency-Key` on the routes that take it. */
export function addIdempotency(operation: Operation): void {
  const extended = operation as { [IDEMPOTENT_EXTENSION]?: boolean };
  if (!extended[IDEMPOTENT_EXTENSION]) return;
  delete extended[IDEMPOTENT_EXTENSION];
  join(operation, STATUS_OF.validation_error, BAD_KEY);
  join(operation, STATUS_OF.conflict, {
    ...KEY_TAKEN,
    headers: { 'Retry-After': integer('Seconds to wait, while the first request is still running') },
  });
  addHeaders(operation, REPLAY, (status) => status < 300);
}
