import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { Logger } from 'pino';
import { AppError, GatewayUnavailableError, RateLimitedError } from '#errors';
import { dialectOf, type ErrorDialect, type ToldError } from './error-dialect.js';
import { STATUS_OF } from './status.js';
import { translateError } from './translate-error.js';

/** The only place where an error becomes an HTTP answer. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  constructor(
    private readonly logger: Logger,
    private readonly dialects: readonly ErrorDialect[] = [],
  ) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<Request>();
    const response = http.getResponse<Response>();
    const requestId = typeof request.id === 'string' ? request.id : '';
    const error = translateError(thrown) ?? masked(thrown, requestId);
    this.log(error, requestId);
    if (response.headersSent) response.destroy();
    else answer(response, error, dialectOf(request.path, this.dialects).tell(error));
  }

  private log(error: AppError, requestId: string): void {
    if (error.code === 'internal') this.logger.error({ requestId, err: error.cause }, 'request failed');
    else if (error.cause !== undefined && STATUS_OF[error.code] >= 500) {
      this.logger.warn({ requestId, code: error.code, err: error.cause }, error.message);
    } else if (error.details.reason === 'refused_by_whatsapp') {
      this.logger.warn({ requestId, code: error.code, err: error.cause }, error.message);
    }
  }
}

function masked(cause: unknown, requestId: string): AppError {
  return new AppError('internal', 'something went wrong on our side', { requestId }, { cause });
}

function answer(response: Response, error: AppError, { status, body }: ToldError): void {
  // A handler may have got as far as announcing a picture.
  response.removeHeader('Content-Type');
  if (error.code === 'unauthorized') response.setHeader('WWW-Authenticate', 'Bearer');
  if (error instanceof RateLimitedError || error instanceof GatewayUnavailableError) {
    response.setHeader('Retry-After', Math.max(1, Math.ceil(error.retryAfterSeconds)));
  }
  response.status(status).json(body);
}
