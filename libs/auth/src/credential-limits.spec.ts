import { describe, expect, it, jest } from '@jest/globals';
import { ServerResponse, IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { RateLimitedError } from '#errors';
import { CredentialLimits } from './credential-limits.js';
import type { Principal } from './principal.js';

function principal(options: Partial<Principal> = {}): Principal {
  const organizationId = options.organizationId ?? 'default';
  return {
    kind: 'api-key',
    id: 'key_1',
    capabilities: new Set(),
    roles: [],
    isSuperAdmin: false,
    scope: { organizationId },
    ...options,
    organizationId,
  };
}

async function headersOf(limits: CredentialLimits, scheme: 'gateway' | 'product-b' = 'gateway', caller = principal()) {
  const response = new ServerResponse(new IncomingMessage(new Socket()));
  const error: unknown = await limits.count(caller, scheme, response).catch((thrown: unknown) => thrown);
  return { ...response.getHeaders(), ...(error !== undefined && { error }) };
}

describe('the limits of a credential', () => {
  it('allow 600 requests a minute, and 100 on the routes of product B, unless configured', async () => {
    const limits = new CredentialLimits(undefined);
    expect(await headersOf(limits)).toEqual({
      'ratelimit-limit': 600,
      'ratelimit-remaining': 599,
      'ratelimit-reset': 60,
    });
    expect(await headersOf(limits, 'product-b')).toMatchObject({
      'x-ratelimit-limit': 100,
      'x-ratelimit-remaining': 99,
    });
  });

  it('tell product B the Unix second at which the minute ends', async () => {
    jest.spyOn(Date, 'now').mockReturnValue(1_700_000_000_000);
    expect(await headersOf(new CredentialLimits(5), 'product-b')).toMatchObject({ 'x-ratelimit-reset': 1_700_000_060 });
    jest.restoreAllMocks();
  });

  it('count each credential and each scheme for itself', async () => {
    const limits = new CredentialLimits(1);
    await headersOf(limits);
    for (const other of [
      principal({ id: 'key_2' }),
      principal({ organizationId: 'another' }),
      principal({ kind: 'jwt' }),
    ]) {
      expect(await headersOf(limits, 'gateway', other)).not.toHaveProperty('error');
    }
    expect(await headersOf(limits, 'product-b')).not.toHaveProperty('error');
    expect(await headersOf(limits)).toHaveProperty('error');
  });

  it('keep apart what is only written alike', async () => {
    const limits = new CredentialLimits(1);
    await headersOf(limits, 'gateway', principal({ organizationId: 'a:b', id: 'c' }));
    expect(await headersOf(limits, 'gateway', principal({ organizationId: 'a', id: 'b:c' }))).not.toHaveProperty(
      'error',
    );
  });

  it('refuse the request after the last one, and say how long to wait', async () => {
    const limits = new CredentialLimits(1);
    await headersOf(limits);
    const { error, ...headers } = (await headersOf(limits)) as { error: RateLimitedError };
    expect(error).toBeInstanceOf(RateLimitedError);
    expect(error).toMatchObject({ retryAfterSeconds: 60, details: { reason: 'credential_rate_limited' } });
    expect(headers).toEqual({ 'ratelimit-limit': 1, 'ratelimit-remaining': 0, 'ratelimit-reset': 60 });
  });

  it('are none when 0 is configured, and no header tells of them', async () => {
    expect(await headersOf(new CredentialLimits(0))).toEqual({});
  });
});
