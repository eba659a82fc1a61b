import { ApiExtraModels, ApiResponse, type ApiResponseSchemaHost, getSchemaPath } from '@nestjs/swagger';
import { type ErrorCode, type ErrorDetails, ValidationError } from '#errors';
import { ErrorEnvelope, toEnvelope } from './error-envelope.js';
import { STATUS_OF } from './status.js';

/** One way in which a route fails, as OpenAPI shows it. */
export interface DocumentedError {
  code: ErrorCode;
  message: string;
  details?: ErrorDetails;
}

/** A validation error of one field. */
export function invalid(path: string, message: string): DocumentedError {
  const { code, message: summary, details } = ValidationError.of(path, message);
  return { code, message: summary, details };
}

const TYPICAL: Readonly<Record<ErrorCode, Omit<DocumentedError, 'code'>>> = {
  validation_error: invalid('body', 'is not valid JSON'),
  unauthorized: { message: 'a valid bearer token is required' },
  forbidden: {
    message: 'the account is not an admin of this group',
    details: { reason: 'not_group_admin' },
  },
  not_found: { message: 'session not found' },
  conflict: {
    message: 'WhatsApp refused the request',
    details: { reason: 'refused_by_whatsapp', whatsappCode: 406 },
  },
  payload_too_large: { message: 'the body is larger than 1 MiB' },
  unsupported_media_type: { message: 'the body must be application/json' },
  rate_limited: {
    message: 'WhatsApp allows no more of this for now',
    details: { reason: 'whatsapp_rate_limited' },
  },
  internal: {
    message: 'something went wrong on our side',
    details: { requestId: '4b1f0f5e-8a5e-4d0e-9c1a-2f6d3b7c8e90' },
  },
  not_implemented: {
    message: 'the session is not connected to WhatsApp',
    details: { reason: 'session_not_connected', sessionStatus: 'stopped' },
  },
  gateway_unavailable: { message: 'the database does not answer' },
  upstream_timeout: {
    message: 'WhatsApp did not answer; the action may or may not have happened',
    details: { outcome: 'unknown' },
  },
};

/** One documented response for each status; several errors of one status become its examples. */
export function errorResponses(errors: readonly (ErrorCode | DocumentedError)[]): MethodDecorator[] {
  const byCode = new Map<ErrorCode, DocumentedError[]>();
  for (const given of errors) {
    const error = typeof given === 'string' ? { code: given, ...TYPICAL[given] } : given;
    byCode.set(error.code, [...(byCode.get(error.code) ?? []), error]);
  }
  return [ApiExtraModels(ErrorEnvelope), ...[...byCode].map(([code, ways]) => errorResponse(code, ways))];
}

function errorResponse(code: ErrorCode, ways: DocumentedError[]): MethodDecorator {
  return ApiResponse({ status: STATUS_OF[code], ...errorContent(code, ways) });
}

type ErrorContent = Required<Pick<ApiResponseSchemaHost, 'description'>> &
  Pick<ApiResponseSchemaHost, 'content' | 'headers'>;

/** The response object of OpenAPI for one code. */
export function errorContent(
  code: ErrorCode,
  ways: readonly DocumentedError[] = [{ code, ...TYPICAL[code] }],
): ErrorContent {
  const examples = ways.map((way) => [
    String(way.details?.reason ?? way.message).replaceAll(/\W+/g, '_'),
    { summary: way.message, value: toEnvelope({ details: {}, ...way }) },
  ]);
  return {
    description: `\`${code}\`: ${[...new Set(ways.map(({ message }) => message))].join('; ')}`,
    ...(RETRIABLE.has(code) && { headers: RETRY_AFTER }),
    content: {
      'application/json': {
        schema: { $ref: getSchemaPath(ErrorEnvelope) },
        examples: Object.fromEntries(examples) as Record<string, { summary: string; value: ErrorEnvelope }>,
      },
    },
  };
}

const RETRIABLE: ReadonlySet<ErrorCode> = new Set(['rate_limited', 'gateway_unavailable']);
const RETRY_AFTER = {
  'Retry-After': { description: 'Seconds to wait', schema: { type: 'integer' as const, minimum: 1 } },
};
