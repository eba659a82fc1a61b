import type { ErrorCode, ErrorReason } from './error-code.js';

export interface ErrorDetails {
  reason?: ErrorReason;
  [key: string]: unknown;
}

export interface FieldError {
  /** Where the offending value stands in the request: `participants[1]`, `gid`, `limit`. */
  path: string;
  message: string;
}

/**
 * The only error that a client of the API is shown in full. `message` and `details` are public: they never hold a
 * secret or another library's text. What went wrong underneath travels as `cause`, for the log alone.
 */
export class AppError extends Error {
  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly details: ErrorDetails = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = new.target.name;
  }

  /** The same error with more to say in `details`. */
  with(details: ErrorDetails): this {
    Object.assign(this.details, details);
    return this;
  }
}

/** Bad input; names every offending field. */
export class ValidationError extends AppError {
  constructor(fields: readonly FieldError[], options?: ErrorOptions) {
    super('validation_error', summarize(fields), { fields }, options);
  }

  static of(path: string, message: string, options?: ErrorOptions): ValidationError {
    return new ValidationError([{ path, message }], options);
  }
}

function summarize(fields: readonly FieldError[]): string {
  const [first] = fields;
  if (!first) return 'the request is invalid';
  const rest = fields.length > 1 ? ` (and ${fields.length - 1} more)` : '';
  return `${first.path}: ${first.message}${rest}`;
}

/** No credential, or one that nothing accepts. */
export class UnauthorizedError extends AppError {
  constructor(message = 'a valid bearer token is required', details: ErrorDetails = {}, options?: ErrorOptions) {
    super('unauthorized', message, details, options);
  }
}

export class ForbiddenError extends AppError {
  constructor(reason: ErrorReason, message: string, details: ErrorDetails = {}, options?: ErrorOptions) {
    super('forbidden', message, { reason, ...details }, options);
  }
}

/** The row does not exist, or belongs to another organization: the two are told apart nowhere. */
export class NotFoundError extends AppError {
  constructor(what: string, details: ErrorDetails = {}, options?: ErrorOptions) {
    super('not_found', `${what} not found`, details, options);
  }
}

export class ConflictError extends AppError {
  constructor(reason: ErrorReason, message: string, details: ErrorDetails = {}, options?: ErrorOptions) {
    super('conflict', message, { reason, ...details }, options);
  }
}

/** `retryAfterSeconds` becomes the `Retry-After` header. */
export class RateLimitedError extends AppError {
  constructor(
    message: string,
    readonly retryAfterSeconds: number,
    details: ErrorDetails = {},
    options?: ErrorOptions,
  ) {
    super('rate_limited', message, details, options);
  }
}

/** The route is reserved, or a live action was asked of a session that is not connected. */
export class NotImplementedError extends AppError {
  constructor(reason: ErrorReason, message: string, details: ErrorDetails = {}, options?: ErrorOptions) {
    super('not_implemented', message, { reason, ...details }, options);
  }
}

/** `retryAfterSeconds` becomes the `Retry-After` header. */
export class GatewayUnavailableError extends AppError {
  constructor(
    message: string,
    readonly retryAfterSeconds: number,
    details: ErrorDetails = {},
    options?: ErrorOptions,
  ) {
    super('gateway_unavailable', message, details, options);
  }
}

/** A stanza left and no answer came: whether WhatsApp acted on it is unknown. Never report this as success. */
export class UpstreamTimeoutError extends AppError {
  constructor(message: string, details: ErrorDetails = {}, options?: ErrorOptions) {
    super('upstream_timeout', message, { outcome: 'unknown', ...details }, options);
  }
}
