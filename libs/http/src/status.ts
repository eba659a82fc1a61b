import type { ErrorCode } from '#errors';

/** The HTTP status of each error code: the one place that pairs them. */
export const STATUS_OF: Readonly<Record<ErrorCode, number>> = {
  validation_error: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  payload_too_large: 413,
  unsupported_media_type: 415,
  rate_limited: 429,
  internal: 500,
  not_implemented: 501,
  gateway_unavailable: 503,
  upstream_timeout: 504,
};
