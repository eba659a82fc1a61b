import type { NextFunction, Request, Response } from 'express';
import type { Readiness } from './readiness.js';

/** While the process shuts down every answer ends its connection, so that the next request goes to another process. */
export function closeWhenDraining(readiness: Readiness) {
  return (_: Request, response: Response, next: NextFunction): void => {
    if (readiness.draining) response.setHeader('Connection', 'close');
    next();
  };
}
