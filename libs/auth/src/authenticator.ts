import { Injectable } from '@nestjs/common';
import type { Request, RequestHandler, Response } from 'express';
import passport from 'passport';
import { UnauthorizedError } from '#errors';
import type { Principal } from './principal.js';

/**
 * Tries strategies in turn. It has a passport of its own: the package's default one belongs to the whole process, where
 * the strategies of a second gateway (in tests) would replace those of the first.
 */
@Injectable()
export class Authenticator {
  private readonly passport = new passport.Passport();
  private readonly names: string[] = [];

  constructor(strategies: Readonly<Record<string, passport.Strategy>>) {
    for (const [name, strategy] of Object.entries(strategies)) {
      this.passport.use(name, strategy);
      this.names.push(name);
    }
  }

  /** Throws `UnauthorizedError` when no strategy accepts the request. */
  authenticate(request: Request, response: Response): Promise<Principal> {
    return new Promise((resolve, reject) => {
      const done = (error: unknown, principal?: Principal | false, challenges?: unknown): void => {
        if (error) reject(asError(error));
        else if (principal) resolve(principal);
        else reject(refusal(challenges));
      };
      const attempt = this.passport.authenticate(this.names, { session: false }, done) as RequestHandler;
      attempt(request, response, (error?: unknown) => reject(asError(error)));
    });
  }
}

/** A strategy may know why; else there is nothing to tell. */
function refusal(challenges: unknown): UnauthorizedError {
  const reasons: unknown[] = Array.isArray(challenges) ? challenges : [challenges];
  return reasons.find((reason) => reason instanceof UnauthorizedError) ?? new UnauthorizedError();
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error('a strategy gave no answer', { cause: error });
}
