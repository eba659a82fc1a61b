import { applyDecorators, HttpCode, SetMetadata, type Type, UseInterceptors } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants';
import { RouteParamtypes } from '@nestjs/common/internal';
import { ApiExtraModels, ApiHeader, ApiOperation, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import type { ErrorCode } from '#errors';
import { type DocumentedError, errorResponses } from './error-responses.js';
import { JsonBodyInterceptor } from './json-body.interceptor.js';

export interface OperationOptions {
  /** `operationId`, what a generated client calls the method; the name of the method unless given. */
  id?: string;
  summary: string;
  /** Markdown. The capability is added to it. */
  description?: string;
  /** The status of a success, also what the route answers: 200 unless given. `never`: the route is reserved. */
  success?: 101 | 200 | 201 | 202 | 204 | 'never';
  /** The body of a success: a DTO, or `ListOf(Dto)`. */
  returns?: Type;
  /** A value of `returns`. */
  example?: unknown;
  /** Headers of a success, beside those of every answer. */
  headers?: Readonly<Record<string, { description: string; schema: { type: 'integer' | 'string' } }>>;
  /** Other media types of a success, or the only ones, by their name: `{ 'image/png': 'the picture' }`. */
  alternatives?: Readonly<Record<string, string>>;
  /** Answers with an `ETag`, and 304 to an `If-None-Match` that names it: see `RenderedReads`. */
  conditional?: true;
  /** What can go wrong beyond what every route shares (401, a missing capability, 500 and 503). */
  errors?: readonly (ErrorCode | DocumentedError)[];
}

export const OPERATION = 'gateway:operation';

/** Documents a route, fixes the status of its success, and reads its body if it declares one. Every route has exactly one. */
export function Operation(options: OperationOptions): MethodDecorator {
  const { id, summary, description, success = 200, errors = [] } = options;
  return applyDecorators(
    SetMetadata(OPERATION, options),
    ...(success === 'never' ? [] : [HttpCode(success), ...successResponse(options, success)]),
    ApiOperation({ ...(id && { operationId: id }), summary, ...(description && { description }) }),
    ...errorResponses(errors),
    ...(options.conditional ? CONDITIONAL : []),
    readDeclaredBody,
  );
}

const ETAG = {
  ETag: { description: 'Names this state of what is shown', schema: { type: 'string' as const } },
};

/** What a conditional read takes and answers beside the rest. */
const CONDITIONAL: readonly MethodDecorator[] = [
  ApiHeader({
    name: 'If-None-Match',
    description: 'The `ETag` of an answer that the client still has (several, or `*`, as RFC 9110 says)',
    required: false,
    schema: { type: 'string' },
  }),
  ApiResponse({ status: 304, headers: ETAG, description: 'Nothing has changed: the client has it already. No body.' }),
];

/** Parameter decorators have run by now. An interceptor costs every request of its route: only some need this one. */
const readDeclaredBody: MethodDecorator = (prototype, name, descriptor) => {
  const parameters: unknown = Reflect.getMetadata(ROUTE_ARGS_METADATA, prototype.constructor, name);
  const declared = Object.keys(parameters ?? {}).some((key) => key.startsWith(`${RouteParamtypes.BODY}:`));
  if (declared) UseInterceptors(JsonBodyInterceptor)(prototype, name, descriptor);
};

interface Content {
  schema: { $ref: string } | { type: string; format?: string; description: string };
  example?: unknown;
}

/** Of what has no body. */
const DONE: Readonly<Record<number, string>> = { 101: 'Switching protocols.', 204: 'Done.' };

function successResponse(options: OperationOptions, status: number): MethodDecorator[] {
  const { returns, example, alternatives } = options;
  const headers = options.conditional ? { ...options.headers, ...ETAG } : options.headers;
  const shared = { status, ...(headers && { headers }) };
  const content: Record<string, Content> = {};
  if (returns) {
    content['application/json'] = {
      schema: { $ref: getSchemaPath(returns) },
      ...(example !== undefined && { example }),
    };
  }
  for (const [type, description] of Object.entries(alternatives ?? {})) {
    const format = type.startsWith('text/') ? {} : { format: 'binary' };
    content[type] = { schema: { type: 'string', ...format, description } };
  }
  if (Object.keys(content).length === 0) return [ApiResponse({ ...shared, description: DONE[status] ?? 'Success.' })];
  return [...(returns ? [ApiExtraModels(returns)] : []), ApiResponse({ ...shared, description: 'Success.', content })];
}
