export { IDEMPOTENCY_KEY } from './idempotency-key.js';
export { IdempotencyModule } from './idempotency.module.js';
export { IDEMPOTENT, IDEMPOTENT_EXTENSION, Idempotent } from './idempotent.js';
export { type IdempotencyOptions, REPLAYED } from './idempotent-actions.js';
export { NeverKnown, OutcomeResolver, type RecordedResponse, type UnresolvedRequest } from './outcome-resolver.js';
