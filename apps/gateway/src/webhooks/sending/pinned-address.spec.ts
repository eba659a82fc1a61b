import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { LookupAddress } from 'node:dns';
import type { Resolve } from './checked-lookup.js';
import { CERTIFICATE_FOR_TESTS } from './spec-support/certificate-for-tests.js';
import { Laboratory } from './spec-support/laboratory.js';

const lab = new Laboratory();
afterEach(() => lab.close());

const EVENT = { id: 'evt_01JZ0000000000000000000000', body: '{}' };
const to = (url: string) => ({ url, secret: 'secret', headers: {} });
const address = (text: string): LookupAddress => ({ address: text, family: text.includes(':') ? 6 : 4 });

/** A resolver that answers these one after the other, then the last one for ever. */
function answers(...turns: [string[], ...string[][]]): jest.Mock<Resolve> {
  let turn = 0;
  return jest.fn<Resolve>(() => Promise.resolve((turns[turn++] ?? turns.at(-1) ?? []).map(address)));
}

/** What listens here may be reached; 127.0.0.3 stands for what may not, and answers all the same. */
const ALLOWED = '127.0.0.2';
const FORBIDDEN = '127.0.0.3';

describe('the address of a webhook', () => {
  it.each([
    ['http://127.0.0.1', '127.0.0.1'],
    ['http://2130706433', 'decimal'],
    ['http://0177.0.0.1', 'octal'],
    ['http://0x7f.0.0.1', 'hexadecimal'],
    ['http://127.1', 'short'],
    ['http://127.0.0.1.', 'with a dot'],
    ['http://[::ffff:127.0.0.1]', 'mapped into IPv6'],
    ['http://localhost', 'by name'],
  ])('is refused while nothing is listed: %s', async (origin) => {
    const endpoint = await lab.receiver();
    const sender = lab.sender({ allowPrivate: [] });
    expect(await sender.send(to(`${origin}:${endpoint.port}/`), EVENT)).toMatchObject({ error: 'address_refused' });
    expect(endpoint.connections.made).toBe(0);
  });

  it.each(['http://[::1]', 'http://[::]', 'http://localhost'])(
    'is refused while nothing is listed: %s',
    async (origin) => {
      const endpoint = await lab.receiver({ host: '::1' });
      const sender = lab.sender({ allowPrivate: [] });
      expect(await sender.send(to(`${origin}:${endpoint.port}/`), EVENT)).toMatchObject({ error: 'address_refused' });
      expect(endpoint.connections.made).toBe(0);
    },
  );

  it('is reached once it is listed, in any notation', async () => {
    const endpoint = await lab.receiver();
    const sender = lab.sender({ allowPrivate: ['127.0.0.1/32'] });
    for (const host of ['127.0.0.1', '2130706433', '[::ffff:7f00:1]']) {
      expect(await sender.send(to(endpoint.url(host)), EVENT)).toMatchObject({ ok: true });
    }
  });

  it('is refused beside what is listed', async () => {
    const endpoint = await lab.receiver({ host: FORBIDDEN });
    const sender = lab.sender({ allowPrivate: [`${ALLOWED}/32`] });
    expect(await sender.send(to(endpoint.url()), EVENT)).toMatchObject({ error: 'address_refused' });
    expect(endpoint.connections.made).toBe(0);
  });

  it.each([[['10.0.0.1']], [['169.254.169.254']], [['::1']], [['fe80::1%lo']], [['127.0.0.1', 'fd00::1']]])(
    'is refused for a name that leads to %j',
    async (addresses) => {
      const sender = lab.sender({ allowPrivate: [], resolve: answers(addresses) });
      expect(await sender.send(to('http://innocent.example/'), EVENT)).toMatchObject({ error: 'address_refused' });
    },
  );

  it('is the allowed one of a name that leads to others as well', async () => {
    const endpoint = await lab.receiver({ host: ALLOWED });
    const forbidden = await lab.receiver({ host: FORBIDDEN, port: endpoint.port });
    const resolve = answers([FORBIDDEN, '10.0.0.1', ALLOWED, '::1']);
    const sender = lab.sender({ allowPrivate: [ALLOWED], resolve });
    expect(await sender.send(to(endpoint.url('mixed.example')), EVENT)).toMatchObject({ ok: true });
    expect(forbidden.connections.made).toBe(0);
  });

  it('is the one that was checked: the name is not resolved again to connect', async () => {
    const endpoint = await lab.receiver({ host: ALLOWED });
    const forbidden = await lab.receiver({ host: FORBIDDEN, port: endpoint.port });
    const resolve = answers([ALLOWED], [FORBIDDEN]);
    const sender = lab.sender({ allowPrivate: [ALLOWED], resolve });
    expect(await sender.send(to(endpoint.url('rebinding.example')), EVENT)).toMatchObject({ ok: true });
    expect(resolve).toHaveBeenCalledTimes(1);
    expect(endpoint.only.headers.host).toBe(`rebinding.example:${endpoint.port}`);
    expect(forbidden.connections.made).toBe(0);
  });

  it('is checked anew at the next connection, and not while one is kept', async () => {
    const endpoint = await lab.receiver({ host: ALLOWED });
    const forbidden = await lab.receiver({ host: FORBIDDEN, port: endpoint.port });
    const resolve = answers([ALLOWED], [FORBIDDEN]);
    const sender = lab.sender({ allowPrivate: [ALLOWED], resolve });
    const target = to(endpoint.url('rebinding.example'));
    await sender.send(target, EVENT);
    expect(await sender.send(target, EVENT)).toMatchObject({ ok: true });
    expect(resolve).toHaveBeenCalledTimes(1);
    endpoint.connections.cut();
    expect(await sender.send(target, EVENT)).toMatchObject({ error: 'address_refused' });
    expect(resolve).toHaveBeenCalledTimes(2);
    expect(forbidden.connections.made).toBe(0);
  });

  it('is checked on the second connection of an attempt, too', async () => {
    let requests = 0;
    const endpoint = await lab.receiver({
      host: ALLOWED,
      answer: (response, { socket }) => (++requests === 1 ? response.end() : socket.destroy()),
    });
    const forbidden = await lab.receiver({ host: FORBIDDEN, port: endpoint.port });
    const sender = lab.sender({ allowPrivate: [ALLOWED], resolve: answers([ALLOWED], [FORBIDDEN]) });
    const target = to(endpoint.url('rebinding.example'));
    await sender.send(target, EVENT);
    expect(await sender.send(target, EVENT)).toMatchObject({ error: 'address_refused' });
    expect(forbidden.connections.made).toBe(0);
  });

  it('is never that of a redirect', async () => {
    const forbidden = await lab.receiver({ host: FORBIDDEN });
    const location = forbidden.url();
    const endpoint = await lab.receiver({ answer: (response) => response.writeHead(307, { location }).end() });
    const sender = lab.sender({ allowPrivate: ['127.0.0.1'] });
    expect(await sender.send(to(endpoint.url()), EVENT)).toMatchObject({ error: 'redirect_refused', status: 307 });
    expect(forbidden.connections.made).toBe(0);
  });

  it('is never that of a proxy', async () => {
    const proxy = await lab.receiver({ host: ALLOWED });
    const endpoint = await lab.receiver();
    const names = ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'ALL_PROXY', 'NODE_USE_ENV_PROXY'];
    const before = { ...process.env };
    try {
      for (const name of names) process.env[name] = proxy.url();
      expect(await lab.sender().send(to(endpoint.url()), EVENT)).toMatchObject({ ok: true });
    } finally {
      process.env = before;
    }
    expect(proxy.connections.made).toBe(0);
  });

  it('keeps the name for the Host header, for TLS and for the certificate', async () => {
    let asked: unknown;
    const endpoint = await lab.receiver({
      certificate: CERTIFICATE_FOR_TESTS,
      answer: (response, { socket }) => ((asked = Reflect.get(socket, 'servername')), response.end()),
    });
    const sender = lab.sender({ ca: CERTIFICATE_FOR_TESTS.cert, resolve: answers(['127.0.0.1']) });
    expect(await sender.send(to(endpoint.url('hooks.test')), EVENT)).toMatchObject({ ok: true });
    expect(asked).toBe('hooks.test');
    expect(endpoint.only.headers.host).toBe(`hooks.test:${endpoint.port}`);
    expect(await sender.send(to(endpoint.url('other.test')), EVENT)).toMatchObject({ error: 'tls_failed' });
    expect(await sender.send(to(endpoint.url()), EVENT)).toMatchObject({ error: 'tls_failed' });
    expect(endpoint.received).toHaveLength(1);
  });

  it('proves nothing with a certificate that nobody vouches for', async () => {
    const endpoint = await lab.receiver({ certificate: CERTIFICATE_FOR_TESTS });
    const sender = lab.sender({ resolve: answers(['127.0.0.1']) });
    expect(await sender.send(to(endpoint.url('hooks.test')), EVENT)).toMatchObject({ error: 'tls_failed' });
    expect(endpoint.received).toEqual([]);
  });

  it('is resolved once for all who ask at the same time', async () => {
    const endpoint = await lab.receiver();
    const resolve = answers(['127.0.0.1']);
    const sender = lab.sender({ resolve });
    const sent = Array.from({ length: 5 }, () => sender.send(to(endpoint.url('busy.example')), EVENT));
    expect(await Promise.all(sent)).toEqual(sent.map(() => expect.objectContaining({ ok: true })));
    expect(resolve).toHaveBeenCalledTimes(1);
  });
});
