import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type CryptoKey, generateKeyPair, SignJWT } from 'jose';
import { KeyObject } from 'node:crypto';
import { Authenticator } from './authenticator.js';
import type { JwksKeys, VerificationKey } from './jwks-keys.js';
import { JwtStrategy } from './jwt.strategy.js';

const CONFIG = { jwksUri: 'http://unused', issuer: 'us', audience: 'them', orgClaim: 'org', roleClaim: 'role' };

let signingKey: CryptoKey;
const find = jest.fn<(kid: string) => Promise<VerificationKey | undefined>>();

beforeEach(async () => {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  signingKey = privateKey;
  find.mockReset().mockResolvedValue({ key: KeyObject.from(publicKey) });
});

afterEach(() => {
  jest.useRealTimers();
});

function token(seconds: number): Promise<string> {
  return new SignJWT({ org: 'acme', role: 'member' })
    .setProtectedHeader({ alg: 'ES256', kid: 'one' })
    .setIssuer('us')
    .setAudience('them')
    .setExpirationTime(Math.floor(Date.now() / 1000) + seconds)
    .sign(signingKey);
}

function authenticator(): (token: string) => Promise<unknown> {
  const strategy = new JwtStrategy(CONFIG, { find } as unknown as JwksKeys);
  const tried = new Authenticator({ jwt: strategy });
  return (presented) => tried.authenticate({ headers: { authorization: `Bearer ${presented}` } } as never, {} as never);
}

describe('a login token', () => {
  it('is verified once, and then known for a minute', async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
    const authenticate = authenticator();
    const presented = await token(3_600);
    for (let call = 0; call < 3; call++)
      expect(await authenticate(presented)).toMatchObject({ organizationId: 'acme' });
    expect(find).toHaveBeenCalledTimes(1);
    jest.advanceTimersByTime(61_000);
    await authenticate(presented);
    expect(find).toHaveBeenCalledTimes(2);
  });

  it('is not known for longer than it is good', async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
    const authenticate = authenticator();
    const presented = await token(10);
    await authenticate(presented);
    jest.advanceTimersByTime(16_000);
    await expect(authenticate(presented)).rejects.toMatchObject({ code: 'unauthorized' });
  });

  it('of a request does not answer for another one that is verified at the same time', async () => {
    const authenticate = authenticator();
    const [good, late] = [await token(60), await token(-60)];
    const results = await Promise.allSettled([late, good, late, good].map(authenticate));
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'rejected', 'fulfilled']);
  });
});
