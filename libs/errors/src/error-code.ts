/** The closed list of `error.code` values (contract §1). Each maps to one HTTP status, in `libs/http`. */
export const ERROR_CODES = [
  'validation_error',
  'unauthorized',
  'forbidden',
  'not_found',
  'conflict',
  'payload_too_large',
  'unsupported_media_type',
  'rate_limited',
  'internal',
  'not_implemented',
  'gateway_unavailable',
  'upstream_timeout',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** The closed list of `error.details.reason` values. A reason narrows a code; clients may branch on it. */
export const ERROR_REASONS = [
  'capability_missing',
  'not_group_admin',
  'account_restricted',
  'exceeds_creator',
  'key_restricted',
  'already_paired',
  'label_taken',
  'refused_by_whatsapp',
  'whatsapp_rate_limited',
  'session_rate_limited',
  'credential_rate_limited',
  'too_many_streams',
  'join_approval_off',
  'idempotency_key_reused',
  'idempotency_key_in_use',
  'session_not_connected',
  'reserved',
  'qr_not_ready',
  'session_stopped',
  'not_paired',
  'events_expired',
  'webhook_limit',
  'webhook_inactive',
  'webhook_secrets_unreadable',
  'jwks_unavailable',
  'shutting_down',
] as const;

export type ErrorReason = (typeof ERROR_REASONS)[number];
