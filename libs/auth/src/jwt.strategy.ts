import { decodeProtectedHeader, type JWTPayload } from 'jose';
import type { Request } from 'express';
import { Strategy } from 'passport-jwt';
import type { JwtConfig } from '#config';
import { UnauthorizedError } from '#errors';
import { ALGORITHMS, installJoseVerifier } from './jose-verifier.js';
import { type JwksKeys, JwksUnavailableError, type VerificationKey } from './jwks-keys.js';
import { principalOf } from './jwt-principal.js';
import { presentedJwt } from './presented-token.js';
import { VerifiedTokens } from './verified-tokens.js';

/** A person's login JWT, verified with the keys of its issuer. */
export class JwtStrategy extends Strategy {
  private readonly verified: VerifiedTokens;

  constructor(config: JwtConfig, keys: JwksKeys) {
    installJoseVerifier();
    const verified = new VerifiedTokens();
    super(
      {
        jwtFromRequest: presentedJwt,
        secretOrKeyProvider: (_: Request, token: unknown, done) => {
          keyOf(String(token), keys).then(
            (key) => done(null, key as unknown as string),
            (error: unknown) => done(error),
          );
        },
        algorithms: ALGORITHMS as never,
        issuer: config.issuer,
        audience: config.audience,
        passReqToCallback: true,
      },
      (request: Request, payload: JWTPayload, done: (error: unknown, user?: unknown) => void) => {
        const principal = principalOf(payload, config);
        if (principal) verified.add(presentedJwt(request) ?? '', principal, payload.exp ?? 0);
        done(null, principal);
      },
    );
    this.verified = verified;
  }

  override authenticate(request: Request, options?: unknown): void {
    const token = presentedJwt(request);
    const known = token === null ? undefined : this.verified.get(token);
    if (known) this.success(known);
    else super.authenticate(request, options);
  }
}

async function keyOf(token: string, keys: JwksKeys): Promise<VerificationKey> {
  const { alg, kid } = decodeProtectedHeader(token);
  if (alg === undefined || !ALGORITHMS.includes(alg)) throw new Error('the algorithm is not accepted');
  if (kid === undefined || kid === '') throw new Error('the token names no key');
  const key = await keys.find(kid).catch((error: unknown) => {
    if (!(error instanceof JwksUnavailableError)) throw error;
    throw new UnauthorizedError(error.message, { reason: 'jwks_unavailable' }, { cause: error });
  });
  if (!key) throw new Error('the token names an unknown key');
  return key;
}
