import { decodeProtectedHeader, type JWTPayload, jwtVerify } from 'jose';
import { Strategy } from 'passport-jwt';
import type { VerificationKey } from './jwks-keys.js';

/** Signatures that only the holder of a private key can make. */
export const ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512'],
  ...['EdDSA', 'Ed25519'],
];

const CLOCK_TOLERANCE_SECONDS = 5;

interface VerifyOptions {
  algorithms: string[];
  issuer: string;
  audience: string;
}

type Verifier = (
  token: string,
  key: VerificationKey,
  options: VerifyOptions,
  done: (error: Error | null, payload?: JWTPayload) => void,
) => void;

const verifyWithJose: Verifier = (token, key, options, done) => {
  verify(token, key, options).then(
    (payload) => done(null, payload),
    (error: unknown) => done(error instanceof Error ? error : new Error(String(error))),
  );
};

async function verify(token: string, { key, alg }: VerificationKey, options: VerifyOptions): Promise<JWTPayload> {
  const { algorithms, issuer, audience } = options;
  if (alg !== undefined && !fits(decodeProtectedHeader(token).alg, alg)) {
    throw new Error('the token is signed with another algorithm than its key is for');
  }
  const { payload } = await jwtVerify(token, key, {
    algorithms,
    issuer,
    audience,
    clockTolerance: CLOCK_TOLERANCE_SECONDS,
    requiredClaims: ['exp'],
  });
  return payload;
}

/** Ed25519 goes by two names (RFC 8037 and RFC 9864). */
function fits(tokenAlg: string | undefined, keyAlg: string): boolean {
  const canonical = (alg: string | undefined): string | undefined => (alg === 'Ed25519' ? 'EdDSA' : alg);
  return canonical(tokenAlg) === canonical(keyAlg);
}

/**
 * passport-jwt verifies with jsonwebtoken, which knows no EdDSA; its one hook is process-wide and looked up at each
 * call, so it is replaced here and nowhere else. Safe to call again.
 */
export function installJoseVerifier(): void {
  (Strategy as unknown as { JwtVerifier: Verifier }).JwtVerifier = verifyWithJose;
}
