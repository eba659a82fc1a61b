import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { Observable } from 'rxjs';
import { readJsonBody } from './json-body.js';

/**
 * Reads the body. It runs after the guards, so that what a body is worth is never told to someone who may not send it,
 * and before the pipes, which validate it. `@Operation` puts it on the routes that declare a body, and on no others.
 */
@Injectable()
export class JsonBodyInterceptor implements NestInterceptor {
  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const http = context.switchToHttp();
    const request = http.getRequest<Request>();
    request.body = await readJsonBody(request, http.getResponse<Response>());
    return next.handle();
  }
}
