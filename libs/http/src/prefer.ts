import { applyDecorators, createParamDecorator, type ExecutionContext, HttpStatus, type Type } from '@nestjs/common';
import { ApiExtraModels, ApiHeader, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import type { RecordedResponse } from './idempotency/index.js';

const PREFERENCE = 'return=representation';
const APPLIED = 'Preference-Applied';

/** One preference of RFC 7240: a token, and maybe a value, as a token or in quotes; parameters may follow. */
const RETURN = /^\s*return\s*=\s*(?:"([^"]*)"|([^\s";]*))\s*(?:;|$)/i;
/** Commas between preferences, not those in quotes. */
const SEPARATOR = /,(?=(?:[^"]*"[^"]*")*[^"]*$)/;

/** Whether `Prefer` asks for the outcome instead of an empty answer. Of several `return`s, the first counts. */
export function prefersRepresentation(header: string | undefined): boolean {
  for (const preference of header?.split(SEPARATOR) ?? []) {
    const [match, quoted, token] = RETURN.exec(preference) ?? [];
    if (match !== undefined) return (quoted ?? token)?.toLowerCase() === 'representation';
  }
  return false;
}

/** Whether the client prefers the outcome, as a parameter of the handler. */
export const PrefersRepresentation = createParamDecorator((_: unknown, context: ExecutionContext): boolean =>
  prefersRepresentation(context.switchToHttp().getRequest<Request>().get('prefer')),
);

/** Answers `body` with 200 where the route would answer nothing, and says that the preference was followed. */
export function represent<T>(response: Response, body: T): T {
  response.status(HttpStatus.OK).set(APPLIED, PREFERENCE);
  return body;
}

/** The same for an answer that is found out later. */
export function representation(body: unknown): RecordedResponse {
  return { status: HttpStatus.OK, headers: { [APPLIED]: PREFERENCE }, body };
}

/** Documents on a route that answers 204 what it answers a client that prefers `body`. */
export function MayRepresent(body: Type, example: unknown): MethodDecorator {
  return applyDecorators(
    ApiHeader({
      name: 'Prefer',
      description: `\`${PREFERENCE}\`: answer 200 with what became of each participant`,
      required: false,
      schema: { type: 'string', example: PREFERENCE },
    }),
    ApiExtraModels(body),
    ApiResponse({
      status: HttpStatus.OK,
      description: `With \`Prefer: ${PREFERENCE}\`.`,
      headers: { [APPLIED]: { description: `\`${PREFERENCE}\``, schema: { type: 'string' as const } } },
      content: { 'application/json': { schema: { $ref: getSchemaPath(body) }, example } },
    }),
  );
}
