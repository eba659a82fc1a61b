import { afterEach, describe, expect, it } from '@jest/globals';
import { Laboratory } from './spec-support/laboratory.js';
import type { Receiver } from './spec-support/receiver.js';

const lab = new Laboratory();
afterEach(() => lab.close());

const EVENT = { id: 'evt_01JZ0000000000000000000000', body: '{"a":1}' };
const to = (url: string) => ({ url, secret: 'secret', headers: {} });
const usedBy = ({ received }: Receiver): number[] => received.map(({ connection }) => connection);

describe('the connections to endpoints', () => {
  it('are used again', async () => {
    const endpoint = await lab.receiver({ answer: (response) => response.end('thanks') });
    const sender = lab.sender();
    for (let turn = 0; turn < 3; turn++) await sender.send(to(endpoint.url()), EVENT);
    expect(usedBy(endpoint)).toEqual([1, 1, 1]);
  });

  it('are bounded while they idle, to one origin and in all', async () => {
    const endpoints = await Promise.all([lab.receiver(), lab.receiver(), lab.receiver()]);
    const connections = lab.connections({ idlePerOrigin: 2, idleInAll: 5 });
    const sender = lab.senderOver(connections);
    const burst = (endpoint: Receiver) => Array.from({ length: 4 }, () => sender.send(to(endpoint.url()), EVENT));
    for (const endpoint of endpoints) await Promise.all(burst(endpoint));
    await Promise.all(endpoints.map((endpoint) => endpoint.came(4)));
    expect(endpoints.map((endpoint) => endpoint.connections.made)).toEqual([4, 4, 4]);
    expect(connections.idle).toBe(5);
  });

  it('that were closed while they idled cost an attempt nothing', async () => {
    const endpoint = await lab.raw((socket, connection) => {
      let requests = 0;
      socket.on('data', () => {
        if (connection === 1 && ++requests === 2) socket.destroy();
        else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
      });
    });
    const sender = lab.sender();
    expect(await sender.send(to(endpoint.url()), EVENT)).toMatchObject({ ok: true });
    expect(await sender.send(to(endpoint.url()), EVENT)).toMatchObject({ ok: true });
    expect(endpoint.connections.made).toBe(2);
  });

  it('that are new and break are a failure, and not tried twice', async () => {
    const endpoint = await lab.raw((socket) => socket.on('data', () => socket.destroy()));
    expect(await lab.sender().send(to(endpoint.url()), EVENT)).toMatchObject({ error: 'connection_reset' });
    expect(endpoint.connections.made).toBe(1);
  });

  it('that break each time are tried twice at most', async () => {
    const endpoint = await lab.raw((socket, connection) => {
      let requests = 0;
      socket.on('data', () => {
        if (connection === 1 && ++requests === 1) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
        else socket.destroy();
      });
    });
    const sender = lab.sender();
    await sender.send(to(endpoint.url()), EVENT);
    expect(await sender.send(to(endpoint.url()), EVENT)).toMatchObject({ error: 'connection_reset' });
    expect(endpoint.connections.made).toBe(2);
  });

  it('that break in the middle of an answer are not tried again', async () => {
    const endpoint = await lab.raw((socket) => {
      let requests = 0;
      socket.on('data', () => {
        if (++requests === 1) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
        else socket.end('HTTP/1.1 20');
      });
    });
    const sender = lab.sender();
    await sender.send(to(endpoint.url()), EVENT);
    expect(await sender.send(to(endpoint.url()), EVENT)).toMatchObject({
      ok: false,
      error: expect.stringMatching(/^(connection_reset|invalid_response)$/),
    });
    expect(endpoint.connections.made).toBe(1);
  });

  it('share the time of one attempt', async () => {
    // Each of the two takes less than the limit, both together more.
    const partMs = 300;
    const endpoint = await lab.raw((socket, connection) => {
      let requests = 0;
      const answer = (): unknown => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
      socket.on('data', () => {
        if (connection > 1) setTimeout(answer, partMs);
        else if (++requests === 1) answer();
        else setTimeout(() => socket.destroy(), partMs);
      });
    });
    const sender = lab.sender({ limits: { attemptMs: 500 } });
    await sender.send(to(endpoint.url()), EVENT);
    expect(await sender.send(to(endpoint.url()), EVENT)).toMatchObject({ ok: false, error: 'timeout' });
    expect(endpoint.connections.made).toBe(2);
  });
});
