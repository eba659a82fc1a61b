import { applyDecorators, type ExecutionContext } from '@nestjs/common';
import { ApiSecurity } from '@nestjs/swagger';
import type { IncomingMessage } from 'node:http';

const TOKEN_HEADER = 'gateway:token-header';

/** Name of the security scheme in OpenAPI. */
export const TOKEN_SCHEME = 'token';

/** On a controller: its clients know `x-api-key` as `token`, which counts on its routes and nowhere else. */
export function TokenHeader(): ClassDecorator {
  const takesToken: ClassDecorator = (controller) => Reflect.defineMetadata(TOKEN_HEADER, true, controller);
  return applyDecorators(takesToken, ApiSecurity(TOKEN_SCHEME));
}

/** For the guard, before anybody looks for a credential. `Authorization` still decides where both are sent. */
export function readTokenHeader(context: ExecutionContext, { headers }: IncomingMessage): void {
  const { token } = headers;
  if (token !== undefined && Reflect.hasMetadata(TOKEN_HEADER, context.getClass())) headers['x-api-key'] = token;
}
