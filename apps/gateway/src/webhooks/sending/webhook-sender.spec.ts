import { afterEach, describe, expect, it } from '@jest/globals';
import { createHmac } from 'node:crypto';
import { getEventListeners } from 'node:events';
import { gatewayVersion } from '#config';
import type { WebhookTarget } from './attempt.js';
import { Laboratory } from './spec-support/laboratory.js';

const lab = new Laboratory();
afterEach(() => lab.close());

const EVENT = { id: 'evt_01JZ0000000000000000000000', body: '{"schema":"v1","name":"Grüße 👋"}' };
const SECRET = 'a-secret-of-the-endpoint';

const to = (url: string, headers: Record<string, string> = {}): WebhookTarget => ({ url, secret: SECRET, headers });
const failed = (error: string) => ({ ok: false, error, latencyMs: expect.any(Number) });

describe('WebhookSender', () => {
  it('posts the body as it is, signed over its bytes', async () => {
    const endpoint = await lab.receiver();
    const before = Date.now();
    const attempt = await lab.sender().send(to(endpoint.url()), EVENT);
    expect(attempt).toEqual({ ok: true, status: 204, latencyMs: expect.any(Number) });
    const { headers, body } = endpoint.only;
    expect(body).toBe(EVENT.body);
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'user-agent': `whats-gateway/${gatewayVersion()}`,
      'x-webhook-request-id': EVENT.id,
      'x-webhook-hmac': createHmac('sha512', SECRET).update(Buffer.from(EVENT.body, 'utf8')).digest('hex'),
      'x-webhook-hmac-algorithm': 'sha512',
    });
    const timestamp = Number(headers['x-webhook-timestamp']);
    expect(timestamp).toBeGreaterThanOrEqual(before);
    expect(timestamp).toBeLessThanOrEqual(Date.now());
  });

  it('keeps the path and the query of the URL', async () => {
    let asked: string | undefined;
    const endpoint = await lab.receiver({ answer: (response, { url }) => ((asked = url), response.end()) });
    await lab.sender().send(to(`${endpoint.url()}/a%2Fb?tenant=7&x=%20#part`), EVENT);
    expect(asked).toBe('/hook/a%2Fb?tenant=7&x=%20');
  });

  it('sends custom headers along, none of which replaces ours or concerns the connection', async () => {
    const endpoint = await lab.receiver();
    const headers = {
      'X-Tenant': 'seven',
      Authorization: 'Bearer abc',
      'x-webhook-hmac': 'forged',
      'X-WEBHOOK-REQUEST-ID': 'forged',
      'X-Webhook-Timestamp': '1',
      'X-Webhook-Hmac-Algorithm': 'none',
      'X-Webhook-Anything': 'forged',
      'content-type': 'text/plain',
      'Content-Length': '1',
      'Content-Encoding': 'gzip',
      'user-agent': 'forged',
      hOsT: 'elsewhere.example',
      Connection: 'close, X-Webhook-Hmac',
      'Keep-Alive': 'timeout=1',
      'Transfer-Encoding': 'chunked',
      TE: 'trailers',
      Trailer: 'X-Tenant',
      Upgrade: 'h2c',
      Expect: '100-continue',
      'Proxy-Authorization': 'Basic forged',
      'Proxy-Connection': 'close',
    };
    expect(await lab.sender().send(to(endpoint.url(), headers), EVENT)).toMatchObject({ ok: true });
    const { headers: got } = endpoint.only;
    expect(Object.keys(got).sort()).toEqual([
      'authorization',
      'connection',
      'content-length',
      'content-type',
      'host',
      'user-agent',
      'x-tenant',
      'x-webhook-hmac',
      'x-webhook-hmac-algorithm',
      'x-webhook-request-id',
      'x-webhook-timestamp',
    ]);
    expect(got).toMatchObject({
      authorization: 'Bearer abc',
      connection: 'keep-alive',
      'content-length': String(Buffer.byteLength(EVENT.body)),
      host: new URL(endpoint.url()).host,
      'x-tenant': 'seven',
    });
    expect(JSON.stringify(got)).not.toContain('forged');
  });

  it.each([200, 201, 202, 204, 299])('takes %i for an acknowledgement', async (status) => {
    const endpoint = await lab.receiver({ answer: (response) => response.writeHead(status).end() });
    expect(await lab.sender().send(to(endpoint.url()), EVENT)).toMatchObject({ ok: true, status });
  });

  it.each([400, 401, 404, 410, 429, 500, 503, 599])('takes %i for a failure', async (status) => {
    const endpoint = await lab.receiver({ answer: (response) => response.writeHead(status).end('no such tenant') });
    expect(await lab.sender().send(to(endpoint.url()), EVENT)).toEqual({
      ...failed('http_status'),
      status,
      responseExcerpt: 'no such tenant',
    });
  });

  it.each([300, 301, 302, 303, 304, 307, 308])('goes nowhere else at %i', async (status) => {
    const other = await lab.receiver();
    const endpoint = await lab.receiver({
      answer: (response) => response.writeHead(status, { location: other.url() }).end(),
    });
    expect(await lab.sender().send(to(endpoint.url()), EVENT)).toEqual({ ...failed('redirect_refused'), status });
    expect(other.connections.made).toBe(0);
  });

  it('shows no secret, whatever the endpoint sends back', async () => {
    const endpoint = await lab.receiver({
      answer: (response, { headers }) => response.writeHead(500).end(JSON.stringify({ headers, configured: SECRET })),
    });
    const headers = { Authorization: 'Bearer t0ken-of-the-customer', 'X-Key': 'k"ey' };
    const attempt = await lab.sender().send(to(endpoint.url(), headers), EVENT);
    expect(attempt.responseExcerpt).toContain('"authorization":"***"');
    for (const secret of [SECRET, 't0ken', 'k\\"ey', String(endpoint.only.headers['x-webhook-hmac'])]) {
      expect(JSON.stringify(attempt)).not.toContain(secret);
    }
  });

  it.each([
    ['nothing listens', 'http://127.0.0.1:1/', 'connection_failed'],
    ['the scheme is another', 'ftp://127.0.0.1/', 'unsupported_url'],
    ['the URL holds a password', 'http://me:hunter2@127.0.0.1/', 'unsupported_url'],
    ['it is no URL', 'not a url', 'unsupported_url'],
    ['the port is none', 'http://127.0.0.1:99999/', 'unsupported_url'],
    ['the name leads nowhere', 'http://nowhere.invalid/', 'dns_failed'],
  ])('says so when %s', async (_, url, error) => {
    expect(await lab.sender().send(to(url), EVENT)).toEqual(failed(error));
  });

  it('says so when a name has no address', async () => {
    const sender = lab.sender({ resolve: () => Promise.resolve([]) });
    expect(await sender.send(to('http://empty.example/'), EVENT)).toEqual(failed('dns_failed'));
  });

  it.each([
    ['a value with a line break', { 'X-Tenant': 'a\r\nX-Webhook-Hmac: forged' }],
    ['a name with a space', { 'X Tenant': 'a' }],
    ['a value beyond Latin-1', { 'X-Tenant': '👋' }],
  ])('sends nothing with %s among the headers', async (_, headers) => {
    const endpoint = await lab.receiver();
    expect(await lab.sender().send(to(endpoint.url(), headers), EVENT)).toEqual(failed('invalid_header'));
    expect(endpoint.connections.made).toBe(0);
  });

  it('ends an attempt that its caller breaks off, and listens to the caller no more', async () => {
    const endpoint = await lab.receiver({ answer: () => undefined });
    const caller = new AbortController();
    const sending = lab.sender().send(to(endpoint.url()), EVENT, caller.signal);
    await endpoint.came(1);
    caller.abort();
    expect(await sending).toEqual(failed('aborted'));
    expect(getEventListeners(caller.signal, 'abort')).toEqual([]);
    await endpoint.connections.gone();
  });

  it('listens to its caller no more once it is over', async () => {
    const endpoint = await lab.receiver();
    const caller = new AbortController();
    await lab.sender().send(to(endpoint.url()), EVENT, caller.signal);
    expect(getEventListeners(caller.signal, 'abort')).toEqual([]);
  });

  it('sends nothing for a caller that has broken off already', async () => {
    const endpoint = await lab.receiver();
    expect(await lab.sender().send(to(endpoint.url()), EVENT, AbortSignal.abort())).toEqual(failed('aborted'));
    expect(endpoint.connections.made).toBe(0);
  });

  it('ends everything at shutdown, and sends no more', async () => {
    const silent = await lab.receiver({ answer: () => undefined });
    const idle = await lab.receiver();
    const sender = lab.sender();
    await sender.send(to(idle.url()), EVENT);
    const sending = sender.send(to(silent.url()), EVENT);
    await silent.came(1);
    sender.onApplicationShutdown();
    expect(await sending).toEqual(failed('aborted'));
    expect(await sender.send(to(idle.url()), EVENT)).toEqual(failed('aborted'));
    await Promise.all([silent.connections.gone(), idle.connections.gone()]);
  });
});
