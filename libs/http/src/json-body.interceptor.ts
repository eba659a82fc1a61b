import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants';
import { RouteParamtypes } from '@nestjs/common/internal';
import type { Request, Response } from 'express';
import type { Observable } from 'rxjs';
import { readJsonBody } from './json-body.js';

/**
 * Reads the body of the routes that declare one. It runs after the guards, so that what a body is worth is never told to
 * someone who may not send it, and before the pipes, which validate it.
 */
@Injectable()
export class JsonBodyInterceptor implements NestInterceptor {
  private readonly declared = new Map<object, boolean>();

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    if (this.declaresBody(context)) {
      const http = context.switchToHttp();
      const request = http.getRequest<Request>();
      request.body = await readJsonBody(request, http.getResponse<Response>());
    }
    return next.handle();
  }

  private declaresBody(context: ExecutionContext): boolean {
    const handler = context.getHandler();
    let declared = this.declared.get(handler);
    if (declared === undefined) {
      const parameters: object =
        (Reflect.getMetadata(ROUTE_ARGS_METADATA, context.getClass(), handler.name) as object | undefined) ?? {};
      declared = Object.keys(parameters).some((key) => key.startsWith(`${RouteParamtypes.BODY}:`));
      this.declared.set(handler, declared);
    }
    return declared;
  }
}
