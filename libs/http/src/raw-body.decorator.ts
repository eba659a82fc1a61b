import {
  applyDecorators,
  createParamDecorator,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
  UseInterceptors,
} from '@nestjs/common';
import { ApiBody, ApiConsumes } from '@nestjs/swagger';
import type { Request } from 'express';
import type { Observable } from 'rxjs';
import { readRawBody, type RawBodyRule } from './raw-body.js';

/** Reads the body where `JsonBodyInterceptor` would: after the guards, before the handler. */
class RawBodyInterceptor implements NestInterceptor {
  constructor(private readonly rule: RawBodyRule) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const request = context.switchToHttp().getRequest<Request>();
    request.body = await readRawBody(request, this.rule);
    return next.handle();
  }
}

/** The route takes a body of this one type, not JSON; its handler is given it by `@Bytes()`. */
export function RawBody(rule: RawBodyRule & { description: string }): MethodDecorator {
  const { type, description } = rule;
  return applyDecorators(
    UseInterceptors(new RawBodyInterceptor(rule)),
    ApiConsumes(type),
    ApiBody({ description, required: true, schema: { type: 'string', format: 'binary' } }),
  );
}

/** The body that `@RawBody` read: a `Buffer`. */
export const Bytes = createParamDecorator(
  (_: undefined, context: ExecutionContext): Buffer => context.switchToHttp().getRequest<{ body: Buffer }>().body,
);
