import type { NextFunction, Request, Response } from 'express';
import { ValidationError } from '#errors';

/** HTTP/1.1 asks for a `Host`, and for a 400 where there is none. */
export function requireHost(request: Request, _: Response, next: NextFunction): void {
  const missing = request.httpVersion === '1.1' && request.headers.host === undefined;
  next(missing ? ValidationError.of('host', 'is required') : undefined);
}
