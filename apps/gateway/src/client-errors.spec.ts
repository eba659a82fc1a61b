import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { answerClientErrors, ANSWER_GRACE_MS } from './client-errors.js';

let server: Server;
let client: Socket;

beforeEach(async () => {
  server = createServer();
  answerClientErrors(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
});

afterEach(() => {
  jest.useRealTimers();
  client.destroy();
  server.close();
});

/** The server's side of a connection over which the client has said this, and does not hang up. */
async function told(text: string): Promise<Socket> {
  client = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', allowHalfOpen: true });
  const [[accepted]] = (await Promise.all([once(server, 'connection'), once(client, 'connect')])) as [
    [Socket],
    unknown,
  ];
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
  client.write(text);
  await once(client, 'data');
  return accepted;
}

describe('headers that are too large', () => {
  const first = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';
  const second = `GET / HTTP/1.1\r\nHost: x\r\nX-Large: ${'x'.repeat(20_000)}\r\n\r\n`;
  let heard: string;

  beforeEach(async () => {
    heard = '';
    client = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1' });
    client.on('data', (bytes) => (heard += bytes.toString()));
    await once(client, 'connect');
  });

  it('are told of on a connection that has served before', async () => {
    server.on('request', (_, response) => response.end('served'));
    client.write(first);
    await once(client, 'data');
    client.write(second);
    await once(client, 'close');
    expect(heard.slice(heard.indexOf('served'))).toMatch(/^servedHTTP\/1\.1 400 .*validation_error/s);
  });

  it('are not told of into an answer that is still due', async () => {
    const asked = once(server, 'request');
    client.write(first);
    await asked;
    client.write(second);
    await once(client, 'close');
    expect(heard).toBe('');
  });
});

describe.each([
  ['a tunnel', 'CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n'],
  ['no HTTP at all', 'nonsense\r\n\r\n'],
])('a client that asks for %s', (_, text) => {
  it('does no harm when its connection breaks', async () => {
    const socket = await told(text);
    expect(() => socket.emit('error', new Error('read ECONNRESET'))).not.toThrow();
  });

  it('does not keep the connection for as long as it likes', async () => {
    const socket = await told(text);
    jest.advanceTimersByTime(ANSWER_GRACE_MS);
    expect(socket.destroyed).toBe(true);
  });
});
