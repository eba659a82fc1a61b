import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { connect } from 'node:net';
import { Database } from '#store';
import { startGateway, type TestGateway } from './support/start-gateway.js';

let gateway: TestGateway;
let token: string;

beforeAll(async () => {
  gateway = await startGateway({ environment: { CORS_ORIGINS: 'https://app.example.com' } });
  token = await gateway.apiKey(['read', 'send', 'manage', 'events']);
});

afterAll(() => gateway.close());

/** What the server answers to bytes that are sent as they are. */
async function raw(text: string): Promise<string> {
  const { hostname, port } = new URL(gateway.url);
  const socket = connect(Number(port), hostname);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.end(text);
  await once(socket, 'close');
  return Buffer.concat(chunks).toString();
}

const ENVELOPE = { error: { code: expect.any(String), message: expect.any(String), details: expect.any(Object) } };

describe('the error envelope', () => {
  it.each([
    ['GET', '/nowhere', 404],
    ['GET', '/api/v1/nowhere', 404],
    ['PUT', '/api/v1/sessions', 404],
    ['TRACE', '/api/v1/sessions', 404],
    ['GET', '/api/v1/sessions/%zz', 400],
    ['GET', '/docs/../../package.json', 404],
    ['GET', '/docs/%2e%2e%2f%2e%2e%2fpackage.json', 404],
    ['GET', '/docs/%00', 404],
    ['GET', '/api/v1/sessions', 401],
  ])('is what %s %s answers', async (method, path, status) => {
    const [head = '', body = ''] = (
      await raw(`${method} ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
    ).split('\r\n\r\n');
    expect(head).toContain(`HTTP/1.1 ${status} `);
    expect(head).toMatch(/content-type: application\/json/i);
    expect(JSON.parse(body)).toEqual(ENVELOPE);
  });

  it.each([
    ['what is not HTTP', 'nonsense\r\n\r\n'],
    ['headers that are too large', `GET / HTTP/1.1\r\nHost: x\r\nX-Large: ${'x'.repeat(20_000)}\r\n\r\n`],
    ['a request without a host', 'GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n'],
    ['a length that is no number', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n'],
  ])('is the answer to %s', async (_, text) => {
    const [head = '', body = ''] = (await raw(text)).split('\r\n\r\n');
    expect(head).toContain('HTTP/1.1 400 ');
    expect(head).toMatch(/^X-Request-Id: [0-9a-f-]{36}$/m);
    expect(JSON.parse(body)).toEqual({ error: expect.objectContaining({ code: 'validation_error' }) });
  });

  it('is the answer to who takes the gateway for a proxy', async () => {
    const [head = '', body = ''] = (await raw('CONNECT example.com:443 HTTP/1.1\r\nHost: x\r\n\r\n')).split('\r\n\r\n');
    expect(head).toContain('HTTP/1.1 404 Not Found');
    expect(JSON.parse(body)).toEqual({ error: { code: 'not_found', message: 'route not found', details: {} } });
  });

  it('is not needed for an expectation that nobody knows', async () => {
    const request = 'GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\nExpect: tea\r\n\r\n';
    expect(await raw(request)).toContain('HTTP/1.1 200 ');
  });

  it('is the answer of every route to a caller without a credential', async () => {
    const { body } = await gateway.request('GET', '/openapi.json');
    const { paths } = body as { paths: Record<string, Record<string, { security?: unknown[] }>> };
    const failures: string[] = [];
    for (const [path, operations] of Object.entries(paths)) {
      for (const [method, { security }] of Object.entries(operations)) {
        if (security?.length === 0) continue;
        const answer = await gateway.request(method.toUpperCase(), path.replaceAll(/[{}]/g, ''));
        if (answer.status !== 401) failures.push(`${method} ${path}: ${answer.status}`);
      }
    }
    expect(failures).toEqual([]);
  });

  it('holds the id of the request when the fault is ours, and nothing of the cause', async () => {
    const own = await startGateway();
    const key = await own.apiKey(['read']);
    await own.request('GET', '/api/v1/sessions', { token: key });
    await own.app.get(Database).dataSource.query('alter table sessions rename to gone');
    const { status, headers, body } = await own.request('GET', '/api/v1/sessions', { token: key });
    expect({ status, body }).toEqual({
      status: 500,
      body: {
        error: { code: 'internal', message: expect.any(String), details: { requestId: headers.get('x-request-id') } },
      },
    });
    expect(own.log).toContainEqual(
      expect.objectContaining({ level: 'error', requestId: headers.get('x-request-id'), err: expect.any(Object) }),
    );
    await own.close();
  });
});

describe('headers', () => {
  it('keep answers of the API out of caches, frames and guesses', async () => {
    const { headers } = await gateway.request('GET', '/api/v1/sessions', { token });
    expect(Object.fromEntries(headers)).toMatchObject({
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
      'x-request-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    expect(headers.has('etag')).toBe(false);
    expect(headers.has('x-powered-by')).toBe(false);
    expect(headers.has('strict-transport-security')).toBe(false);
  });

  it('let pages of the configured origins call, and no others', async () => {
    const preflight = (origin: string): Promise<Headers> =>
      gateway
        .request('OPTIONS', '/api/v1/sessions', {
          headers: {
            origin,
            'access-control-request-method': 'POST',
            'access-control-request-headers': 'authorization',
          },
        })
        .then(({ headers }) => headers);
    const allowed = await preflight('https://app.example.com');
    expect(allowed.get('access-control-allow-origin')).toBe('https://app.example.com');
    expect(allowed.get('access-control-allow-headers')).toBe('authorization');
    expect((await preflight('https://evil.example.com')).has('access-control-allow-origin')).toBe(false);
    const { headers } = await gateway.request('GET', '/nowhere', { headers: { origin: 'https://app.example.com' } });
    expect(headers.get('access-control-expose-headers')).toContain('X-Request-Id');
  });
});

describe('the documentation', () => {
  it.each([
    ['/docs'],
    ['/docs/'],
    ['/docs/swagger-ui.css'],
    ['/docs/swagger-ui-bundle.js'],
    ['/docs/swagger-ui-init.js'],
  ])('is served from this machine: %s', async (path) => {
    const { status, headers, body } = await gateway.request('GET', path);
    expect(status).toBe(200);
    expect(headers.get('content-security-policy')).toContain("script-src 'self'");
    expect(headers.get('content-security-policy')).not.toContain('upgrade-insecure-requests');
    if (path.endsWith('/docs')) expect(body).not.toMatch(/(src|href)="https?:/);
  });

  it('is the same as JSON and as YAML', async () => {
    const json = await gateway.request('GET', '/openapi.json');
    expect(json).toMatchObject({ status: 200, body: { openapi: expect.stringMatching(/^3\./) } });
    const yaml = await gateway.request('GET', '/openapi.yaml');
    expect(yaml.body).toContain('title: WhaTS Gateway');
  });

  it('offers both ways to present a credential', async () => {
    const { body } = await gateway.request('GET', '/openapi.json');
    expect(body).toMatchObject({
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer' },
          'api-key': { type: 'apiKey', in: 'header', name: 'x-api-key' },
        },
      },
    });
  });
});

describe('stopping', () => {
  it('finishes the request in flight and takes no new connection', async () => {
    const own = await startGateway();
    const key = await own.apiKey(['manage']);
    const { body } = await own.request('POST', '/api/v1/sessions', { token: key, body: {} });
    const { hostname, port } = new URL(own.url);
    const socket = connect(Number(port), hostname);
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    const label = JSON.stringify({ label: 'renamed' });
    const arrived = once(own.app.getHttpServer(), 'request');
    socket.write(
      `PATCH /api/v1/sessions/${(body as { id: string }).id} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\n` +
        `Content-Type: application/json\r\nContent-Length: ${label.length}\r\n\r\n${label.slice(0, 5)}`,
    );
    await arrived;
    const closed = own.close();
    socket.write(label.slice(5));
    await once(socket, 'close');
    expect(Buffer.concat(chunks).toString()).toContain('"label":"renamed"');
    await closed;
    await expect(own.request('GET', '/healthz')).rejects.toThrow();
  });
});
