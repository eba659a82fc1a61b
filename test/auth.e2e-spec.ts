import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type CryptoKey, exportSPKI, generateKeyPair, importJWK, SignJWT } from 'jose';
import { createHmac } from 'node:crypto';
import { type Answer, startGateway, type TestGateway } from './support/start-gateway.js';

const ALGORITHMS = [...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'], ...['ES256', 'ES384', 'ES512', 'EdDSA']];

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startGateway();
  for (const alg of ALGORITHMS) await gateway.issuer.key(alg);
});

afterAll(() => gateway.close());

/** A route that any credential with `read` may call. */
function list(token: string | undefined, headers: Record<string, string> = {}, on = gateway): Promise<Answer> {
  return on.request('GET', '/api/v1/sessions', { token, headers });
}

const UNAUTHORIZED = { status: 401, body: { error: { code: 'unauthorized' } } };

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}

describe('no credential', () => {
  it('is answered 401 with the kind that is due', async () => {
    const answer = await list(undefined);
    expect(answer).toMatchObject(UNAUTHORIZED);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
  });

  it.each([['garbage'], ['a.b.c'], ['wa_'], ['wa_01HZ0KEY000000000000000000_short']])(
    'nor is %p one',
    async (token) => {
      expect(await list(token)).toMatchObject(UNAUTHORIZED);
    },
  );

  it('nor is a password', async () => {
    expect(await list(undefined, { authorization: 'Basic YTpi' })).toMatchObject(UNAUTHORIZED);
  });
});

describe('a login JWT', () => {
  it.each(ALGORITHMS.map((alg) => [alg]))('signed with %s is accepted', async (alg) => {
    expect(await list(await gateway.jwt({}, { alg }))).toMatchObject({ status: 200 });
  });

  it.each([
    ['expired', {}, { expiresIn: -60 }],
    ['without an expiry', { exp: undefined }, {}],
    ['not valid yet', { nbf: Math.floor(Date.now() / 1000) + 600 }, {}],
    ['of another issuer', { iss: 'https://elsewhere.example.com' }, {}],
    ['for another audience', { aud: 'another' }, {}],
    ['without an audience', { aud: undefined }, {}],
    ['without an organization', { org: undefined }, {}],
    ['with an empty organization', { org: '' }, {}],
    ['with a list of organizations', { org: ['default'] }, {}],
    ['with no key id', {}, { header: { kid: undefined } }],
    ['with an unknown key id', {}, { header: { kid: 'unknown' } }],
  ])('%s is refused', async (_, claims, options) => {
    expect(await list(await gateway.jwt(claims, options))).toMatchObject(UNAUTHORIZED);
  });

  it('of which one byte was changed is refused', async () => {
    const [header, , signature] = (await gateway.jwt()).split('.');
    const payload = encode({
      org: 'default',
      role: 'owner',
      iss: gateway.issuer.url,
      aud: 'whats-gateway-test',
      exp: 9e9,
    });
    expect(await list(`${header}.${payload}.${signature}`)).toMatchObject(UNAUTHORIZED);
  });

  it('signed by somebody else under a known key id is refused', async () => {
    const { jwk } = await gateway.issuer.key('ES256');
    const { privateKey } = await generateKeyPair('ES256');
    const token = await new SignJWT({ org: 'default', role: 'owner' })
      .setProtectedHeader({ alg: 'ES256', kid: jwk.kid })
      .setIssuer(gateway.issuer.url)
      .setAudience('whats-gateway-test')
      .setExpirationTime('5m')
      .sign(privateKey);
    expect(await list(token)).toMatchObject(UNAUTHORIZED);
  });

  it('signed with nothing (alg none) is refused', async () => {
    const { jwk } = await gateway.issuer.key('ES256');
    const [, payload] = (await gateway.jwt()).split('.');
    expect(await list(`${encode({ alg: 'none', kid: jwk.kid })}.${payload}.`)).toMatchObject(UNAUTHORIZED);
  });

  it('signed with the public key as a shared secret (HS256) is refused', async () => {
    const { jwk } = await gateway.issuer.key('RS256');
    const secret = await exportSPKI((await importJWK(jwk, 'RS256')) as CryptoKey);
    const [, payload] = (await gateway.jwt()).split('.');
    const signed = `${encode({ alg: 'HS256', kid: jwk.kid })}.${payload}`;
    const signature = createHmac('sha256', secret).update(signed).digest('base64url');
    expect(await list(`${signed}.${signature}`)).toMatchObject(UNAUTHORIZED);
  });

  it('signed with another algorithm than its key is for is refused', async () => {
    const { jwk } = await gateway.issuer.key('RS512');
    const pss = await importJWK({ ...jwk, ...(await privateOf('RS512')), alg: 'PS512' }, 'PS512');
    const token = await new SignJWT({ org: 'default', role: 'owner' })
      .setProtectedHeader({ alg: 'PS512', kid: jwk.kid })
      .setIssuer(gateway.issuer.url)
      .setAudience('whats-gateway-test')
      .setExpirationTime('5m')
      .sign(pss);
    expect(await list(token)).toMatchObject(UNAUTHORIZED);
  });

  it.each([
    ['member', 200, 403],
    ['owner', 200, 201],
    [['guest', 'admin'], 200, 201],
    ['guest', 403, 403],
    [undefined, 403, 403],
  ])('with the role %p may read (%p) and manage (%p)', async (role, read, manage) => {
    const token = await gateway.jwt({ role, org: `org-${String(role)}` });
    expect(await list(token)).toMatchObject({ status: read });
    expect(await gateway.request('POST', '/api/v1/sessions', { token, body: {} })).toMatchObject({ status: manage });
  });

  it('sees its own organization only', async () => {
    const token = await gateway.jwt({ org: 'one' });
    const { body } = await gateway.request('POST', '/api/v1/sessions', { token, body: {} });
    const { id } = body as { id: string };
    expect(await gateway.request('GET', `/api/v1/sessions/${id}`, { token })).toMatchObject({ status: 200 });
    const stranger = await gateway.jwt({ org: 'two' });
    expect(await gateway.request('GET', `/api/v1/sessions/${id}`, { token: stranger })).toMatchObject({
      status: 404,
      body: { error: { code: 'not_found', message: 'session not found', details: {} } },
    });
  });

  it('is good after the keys were changed, and one of the old keys is not', async () => {
    const own = await startGateway();
    const old = await own.issuer.key('ES256');
    expect(await list(await own.jwt(), {}, own)).toMatchObject({ status: 200 });
    own.issuer.rotate();
    expect(await list(await own.jwt(), {}, own)).toMatchObject({ status: 200 });
    const token = await new SignJWT({ org: 'default', role: 'owner' })
      .setProtectedHeader({ alg: 'ES256', kid: old.jwk.kid })
      .setIssuer(own.issuer.url)
      .setAudience('whats-gateway-test')
      .setExpirationTime('5m')
      .sign(old.privateKey);
    expect(await list(token, {}, own)).toMatchObject(UNAUTHORIZED);
    await own.close();
  });

  it('is verified once and then remembered, so that the issuer may be away', async () => {
    const own = await startGateway();
    const token = await own.jwt();
    await list(token, {}, own);
    own.issuer.away = true;
    expect(await list(token, {}, own)).toMatchObject({ status: 200 });
    await own.close();
  });

  it('is refused with its reason while the keys cannot be fetched, and api-keys go on working', async () => {
    const own = await startGateway();
    own.issuer.away = true;
    expect(await list(await own.jwt(), {}, own)).toMatchObject({
      status: 401,
      body: { error: { code: 'unauthorized', details: { reason: 'jwks_unavailable' } } },
    });
    expect(own.log).toContainEqual(expect.objectContaining({ level: 'warn', msg: expect.stringContaining('JWKS') }));
    expect(await list(await own.apiKey(['read']), {}, own)).toMatchObject({ status: 200 });
    await own.close();
  });

  it('is not accepted where no issuer is configured', async () => {
    const own = await startGateway({ environment: { AUTH_JWKS_URI: '', AUTH_ISSUER: '', AUTH_AUDIENCE: '' } });
    expect(await list(await own.jwt(), {}, own)).toMatchObject(UNAUTHORIZED);
    expect(await list(await own.apiKey(['read']), {}, own)).toMatchObject({ status: 200 });
    await own.close();
  });

  it('is read by the claims that are configured', async () => {
    const own = await startGateway({ environment: { AUTH_ORG_CLAIM: 'tenant', AUTH_ROLE_CLAIM: 'roles' } });
    const token = await own.jwt({ org: 'one', role: 'owner', tenant: 'two', roles: ['owner'] });
    const { body } = await own.request('POST', '/api/v1/sessions', { token, body: {} });
    expect(body).toMatchObject({ organizationId: 'two', createdBy: 'person' });
    await own.close();
  });

  async function privateOf(alg: string): Promise<object> {
    const { privateKey } = await gateway.issuer.key(alg);
    return await crypto.subtle.exportKey('jwk', privateKey);
  }
});

describe('an api-key', () => {
  it('is accepted as a bearer token and as x-api-key', async () => {
    const key = await gateway.apiKey(['read']);
    expect(await list(key)).toMatchObject({ status: 200 });
    expect(await list(undefined, { 'x-api-key': key })).toMatchObject({ status: 200 });
  });

  it('in x-api-key is not looked at when there is an Authorization', async () => {
    const key = await gateway.apiKey(['read']);
    expect(await list('garbage', { 'x-api-key': key })).toMatchObject(UNAUTHORIZED);
    expect(await list(key, { 'x-api-key': 'garbage' })).toMatchObject({ status: 200 });
  });

  it('of which one character differs is refused', async () => {
    const key = await gateway.apiKey(['read']);
    const last = key.endsWith('A') ? 'B' : 'A';
    expect(await list(key)).toMatchObject({ status: 200 });
    expect(await list(key.slice(0, -1) + last)).toMatchObject(UNAUTHORIZED);
  });

  it('that has expired is refused, also when it was known before', async () => {
    const expiresAt = Date.now() + 60_000;
    const key = await gateway.apiKey(['read'], { expiresAt });
    expect(await list(key)).toMatchObject({ status: 200 });
    const clock = jest.spyOn(Date, 'now').mockReturnValue(expiresAt);
    const answer = await list(key);
    clock.mockRestore();
    expect(answer).toMatchObject(UNAUTHORIZED);
  });

  it('is good from its networks only', async () => {
    expect(await list(await gateway.apiKey(['read'], { allowedCidrs: ['127.0.0.0/8'] }))).toMatchObject({
      status: 200,
    });
    expect(await list(await gateway.apiKey(['read'], { allowedCidrs: ['10.0.0.0/8'] }))).toMatchObject(UNAUTHORIZED);
  });

  it('is not fooled by X-Forwarded-For of somebody who is no trusted proxy', async () => {
    const key = await gateway.apiKey(['read'], { allowedCidrs: ['10.0.0.0/8'] });
    expect(await list(key, { 'x-forwarded-for': '10.1.2.3' })).toMatchObject(UNAUTHORIZED);
  });

  it('believes X-Forwarded-For of a trusted proxy', async () => {
    const own = await startGateway({ environment: { TRUSTED_PROXIES: '127.0.0.1,::1' } });
    const key = await own.apiKey(['read'], { allowedCidrs: ['10.0.0.0/8'] });
    expect(await list(key, { 'x-forwarded-for': '10.1.2.3' }, own)).toMatchObject({ status: 200 });
    expect(await list(key, { 'x-forwarded-for': '11.1.2.3' }, own)).toMatchObject(UNAUTHORIZED);
    expect(await list(key, { 'x-forwarded-for': '10.1.2.3, 11.1.2.3' }, own)).toMatchObject(UNAUTHORIZED);
    await own.close();
  });

  it('may do what its capabilities say and is told which one is missing', async () => {
    const key = await gateway.apiKey(['send', 'events']);
    expect(await list(key)).toMatchObject({
      status: 403,
      body: { error: { code: 'forbidden', details: { reason: 'capability_missing', required: ['read', 'manage'] } } },
    });
  });

  it('never passes for an operator of the platform', async () => {
    const key = await gateway.apiKey(['read', 'send', 'manage', 'events']);
    expect(await gateway.request('GET', '/api/v1/admin/sessions', { token: key })).toMatchObject({
      status: 403,
      body: { error: { details: { reason: 'capability_missing', required: ['super_admin'] } } },
    });
  });
});

describe('the capability', () => {
  it('is checked before the body, before the session and before what is connected', async () => {
    const token = await gateway.apiKey(['read']);
    const path = '/api/v1/sessions/nowhere/groups/nothing/members';
    for (const body of ['{"broken', `"${'x'.repeat(2 * 1024 * 1024)}"`, '{}']) {
      expect(await gateway.request('POST', path, { token, body })).toMatchObject({ status: 403 });
      expect(await gateway.request('POST', path, { body })).toMatchObject({ status: 401 });
      expect(await gateway.request('POST', `${path}:approve`, { token, body })).toMatchObject({ status: 403 });
    }
  });

  it('comes before the path, the path before the session', async () => {
    const token = await gateway.apiKey(['send']);
    const add = (gid: string, body: object): Promise<Answer> =>
      gateway.request('POST', `/api/v1/sessions/nowhere/groups/${gid}/members`, { token, body });
    expect(await add('nothing', { participants: ['6281234567890'] })).toMatchObject({ status: 400 });
    expect(await add('120363041234567890@g.us', { participants: [] })).toMatchObject({ status: 400 });
    expect(await add('120363041234567890@g.us', { participants: ['6281234567890'] })).toMatchObject({ status: 404 });
  });
});

describe('the log', () => {
  it('says who called, and holds no credential', async () => {
    const key = await gateway.apiKey(['read'], { organizationId: 'logged' });
    const token = await gateway.jwt({ org: 'logged' });
    gateway.log.length = 0;
    await list(key);
    await list(undefined, { 'x-api-key': key });
    await list(token);
    await gateway.request('GET', `/api/v1/api-keys/${key}?token=${token}`, { token });
    const text = JSON.stringify(gateway.log);
    expect(gateway.log).toEqual([
      expect.objectContaining({ caller: 'api-key', organization: 'logged', status: 200 }),
      expect.objectContaining({ caller: 'api-key', organization: 'logged', status: 200 }),
      expect.objectContaining({ caller: 'jwt', organization: 'logged', status: 200 }),
      expect.objectContaining({ caller: 'jwt', organization: 'logged', status: 404 }),
    ]);
    expect(text).not.toContain(key.slice(30));
    expect(text).not.toContain(token.slice(0, 40));
  });
});
