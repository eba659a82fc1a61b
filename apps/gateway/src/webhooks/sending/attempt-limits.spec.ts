import { afterEach, describe, expect, it } from '@jest/globals';
import { CERTIFICATE_FOR_TESTS } from './spec-support/certificate-for-tests.js';
import { Laboratory } from './spec-support/laboratory.js';
import { LIMITS } from './webhook-sender.js';

const lab = new Laboratory();
afterEach(() => lab.close());

const EVENT = { id: 'evt_01JZ0000000000000000000000', body: '{}' };
const to = (url: string) => ({ url, secret: 'secret', headers: {} });
const TICK_MS = 20;
/** Far below the real ones, and far above what loopback needs. */
const SHORT = { connectMs: 300, attemptMs: 300 };

describe('an attempt', () => {
  it('has five seconds to connect and ten in all, for 16 KiB of headers and 64 KiB of body', () => {
    expect(LIMITS).toEqual({ connectMs: 5_000, attemptMs: 10_000, headerBytes: 16_384, bodyBytes: 65_536 });
  });

  it('ends when a connection is not there in time', async () => {
    const silent = await lab.raw(() => undefined);
    const sender = lab.sender({ limits: { connectMs: 200, attemptMs: 30_000 } });
    const attempt = await sender.send(to(silent.url('https')), EVENT);
    expect(attempt).toMatchObject({ ok: false, error: 'timeout' });
    expect(attempt.latencyMs).toBeGreaterThanOrEqual(195);
    expect(attempt.latencyMs).toBeLessThan(5_000);
    await silent.connections.gone();
  });

  it('ends when a name is not resolved in time', async () => {
    const sender = lab.sender({
      limits: { connectMs: 200, attemptMs: 30_000 },
      resolve: () => new Promise(() => undefined),
    });
    expect(await sender.send(to('http://slow.example/'), EVENT)).toMatchObject({ error: 'timeout' });
  });

  it('has its whole time once it is connected', async () => {
    const endpoint = await lab.receiver({
      certificate: CERTIFICATE_FOR_TESTS,
      answer: (response) => void setTimeout(() => response.end(), 600),
    });
    const resolve = () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]);
    const sender = lab.sender({ limits: { connectMs: 400 }, resolve, ca: CERTIFICATE_FOR_TESTS.cert });
    expect(await sender.send(to(endpoint.url('hooks.test')), EVENT)).toMatchObject({ ok: true });
  });

  it('ends when there is no answer in time', async () => {
    const endpoint = await lab.receiver({ answer: () => undefined });
    const attempt = await lab.sender({ limits: SHORT }).send(to(endpoint.url()), EVENT);
    expect(attempt).toEqual({ ok: false, error: 'timeout', latencyMs: expect.any(Number) });
    await endpoint.connections.gone();
  });

  it('ends when the headers come drop by drop', async () => {
    const endpoint = await lab.raw((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      const drops = setInterval(() => socket.write('X-Drop: 1\r\n'), TICK_MS);
      socket.once('close', () => clearInterval(drops));
    });
    expect(await lab.sender({ limits: SHORT }).send(to(endpoint.url()), EVENT)).toMatchObject({ error: 'timeout' });
    await endpoint.connections.gone();
  });

  it('ends when interim answers never do', async () => {
    const endpoint = await lab.raw((socket) => {
      const drops = setInterval(() => socket.write('HTTP/1.1 103 Early Hints\r\n\r\n'), TICK_MS);
      socket.once('close', () => clearInterval(drops));
    });
    expect(await lab.sender({ limits: SHORT }).send(to(endpoint.url()), EVENT)).toMatchObject({ error: 'timeout' });
    await endpoint.connections.gone();
  });

  it.each([
    [200, { ok: true }],
    [500, { ok: false, error: 'http_status' }],
  ])('ends in time when the body of a %i comes drop by drop; the status counts', async (status, outcome) => {
    const endpoint = await lab.receiver({
      answer: (response) => {
        response.writeHead(status);
        const drops = setInterval(() => response.write('x'), TICK_MS);
        response.once('close', () => clearInterval(drops));
      },
    });
    const attempt = await lab.sender({ limits: SHORT }).send(to(endpoint.url()), EVENT);
    expect(attempt).toMatchObject({ ...outcome, status, responseExcerpt: expect.stringMatching(/^x+$/) });
    expect(attempt.latencyMs).toBeGreaterThanOrEqual(295);
    expect(attempt.latencyMs).toBeLessThan(5_000);
    await endpoint.connections.gone();
  });

  it('reads headers up to their limit', async () => {
    const answering = (bytes: number) =>
      lab.receiver({ answer: (response) => response.writeHead(200, { 'X-Long': 'x'.repeat(bytes) }).end() });
    const [fits, tooLong] = [await answering(15 * 1_024), await answering(16 * 1_024)];
    expect(await lab.sender().send(to(fits.url()), EVENT)).toMatchObject({ ok: true });
    const attempt = await lab.sender().send(to(tooLong.url()), EVENT);
    expect(attempt).toEqual({ ok: false, error: 'response_too_large', latencyMs: expect.any(Number) });
    await tooLong.connections.gone();
  });

  it('reads a body up to its limit, then cuts the connection', async () => {
    let written = 0;
    const endpoint = await lab.raw((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
      const pour = (): void => {
        while (!socket.destroyed && socket.write(`400\r\n${'y'.repeat(0x400)}\r\n`)) written += 0x400;
      };
      socket.on('drain', pour);
      pour();
    });
    const attempt = await lab.sender().send(to(endpoint.url()), EVENT);
    expect(attempt).toMatchObject({ ok: true, status: 200, responseExcerpt: 'y'.repeat(1_024) });
    expect(attempt.latencyMs).toBeLessThan(5_000);
    await endpoint.connections.gone();
    expect(written).toBeLessThan(64 * 1_024 * 1_024);
  });

  it('keeps the connection after a body of the very limit', async () => {
    const endpoint = await lab.receiver({ answer: (response) => response.end('z'.repeat(LIMITS.bodyBytes)) });
    const sender = lab.sender();
    await sender.send(to(endpoint.url()), EVENT);
    await sender.send(to(endpoint.url()), EVENT);
    expect(endpoint.connections.made).toBe(1);
  });

  it.each([
    ['what is not HTTP', 'SSH-2.0-OpenSSH_9.6\r\n', 'invalid_response'],
    [
      'another protocol',
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n',
      'invalid_response',
    ],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx', 'invalid_response'],
  ])('fails at %s', async (_, bytes, error) => {
    const endpoint = await lab.raw((socket) => socket.write(bytes));
    expect(await lab.sender().send(to(endpoint.url()), EVENT)).toMatchObject({ ok: false, error });
    await endpoint.connections.gone();
  });

  it('fails where TLS is spoken to what speaks none, and the other way round', async () => {
    const plain = await lab.raw((socket) => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
    expect(await lab.sender().send(to(plain.url('https')), EVENT)).toMatchObject({ error: 'tls_failed' });
    const tls = await lab.receiver({ certificate: CERTIFICATE_FOR_TESTS });
    const attempt = await lab.sender().send(to(tls.url().replace('https', 'http')), EVENT);
    expect(attempt).toMatchObject({ ok: false, error: expect.stringMatching(/^(connection_reset|invalid_response)$/) });
  });
});
