import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { connect } from 'node:net';
import { MOST_STREAMS } from '../apps/gateway/src/events/streams/event-streams.js';
import { newSession, upTo } from './support/event-writer.js';
import { eventually } from './support/eventually.js';
import { HANDSHAKE, rawUpgrade, send } from './support/raw-http.js';
import { RealtimeLab } from './support/realtime-lab.js';
import type { TestGateway } from './support/start-gateway.js';
import { refusal, ticketFor } from './support/stream-client.js';

let lab: RealtimeLab;
let gateway: TestGateway;
let token: string;

beforeEach(async () => {
  lab = await RealtimeLab.start();
  ({ gateway, token } = lab);
});
afterEach(() => lab.stop());

describe('what is no stream', () => {
  it.each([
    [{ since: 'evt_1' }, 400, 'since'],
    [{ events: 'session.status,nothing' }, 400, 'events[1]'],
    [{ events: '' }, 400, 'events[0]'],
    [{ unknown: '1' }, 400, 'unknown'],
  ])('%j is %i, naming %s', async (query, status, path) => {
    expect(await refusal(lab.open(token, query))).toMatchObject({
      status,
      headers: { 'x-request-id': expect.any(String), 'content-type': expect.stringMatching(/json/) },
      body: { error: { code: 'validation_error', details: { fields: [{ path }] } } },
    });
  });

  it('is a session that is not there', async () => {
    const theirs = await newSession(gateway, 'another');
    for (const unknown of [theirs, 'nothing']) {
      expect(await refusal(lab.open(token, { session: unknown }))).toMatchObject({ status: 404 });
    }
  });

  it('is a request that asks for no upgrade, or for one that is no handshake', async () => {
    const path = async (): Promise<string> => `/api/v1/realtime?ticket=${await ticketFor(gateway, token)}`;
    const { status, body } = await gateway.request('GET', await path());
    expect({ status, body }).toMatchObject({
      status: 400,
      body: { error: { details: { fields: [{ path: 'Upgrade' }] } } },
    });
    const bad = await rawUpgrade(gateway.url + (await path()), { 'sec-websocket-version': '7' });
    expect(bad).toMatchObject({ status: 400, body: { error: { code: 'validation_error' } } });
  });

  it('is an upgrade on any other path, which is answered as if it were none', async () => {
    expect(await rawUpgrade(gateway.url + '/nowhere')).toMatchObject({
      status: 404,
      body: { error: { code: 'not_found' } },
    });
    expect(await rawUpgrade(gateway.url + '/api/v1/events')).toMatchObject({ status: 401 });
    expect(await rawUpgrade(gateway.url + '/healthz')).toMatchObject({ status: 200, headers: { connection: 'close' } });
  });

  it('is an upgrade before whose request another one is still being answered', async () => {
    const { hostname, port } = new URL(gateway.url);
    const socket = connect(Number(port), hostname);
    const lines = Object.entries({ host: 'x', ...HANDSHAKE }).map(([name, value]) => `${name}: ${value}\r\n`);
    const ticket = await ticketFor(gateway, token);
    socket.on('error', () => undefined);
    socket.write(
      `GET /readyz HTTP/1.1\r\nhost: x\r\n\r\nGET /api/v1/realtime?ticket=${ticket} HTTP/1.1\r\n${lines.join('')}\r\n`,
    );
    await once(socket.resume(), 'close');
    expect((await gateway.request('GET', '/readyz')).status).toBe(200);
  });

  it('is an upgrade to HTTP/2, which some clients ask for with every request: its body is read', async () => {
    const manager = await gateway.apiKey(['manage']);
    const answer = await send('POST', gateway.url + '/api/v1/sessions', '{"label":"h2c"}', {
      authorization: `Bearer ${manager}`,
      'content-type': 'application/json',
      connection: 'Upgrade, HTTP2-Settings',
      upgrade: 'h2c',
      'http2-settings': 'AAMAAABkAAQAoAAAAAIAAAAA',
    });
    expect(answer).toMatchObject({ status: 201, body: { label: 'h2c' } });
  });

  it('is one too many of an organization', async () => {
    const tokens = await Promise.all(upTo(MOST_STREAMS).map(() => ticketFor(gateway, token)));
    for (let n = 0; n < tokens.length; n += 50) {
      await Promise.all(tokens.slice(n, n + 50).map((ticket) => lab.open(token, { ticket })));
    }
    const refused = await refusal(lab.open());
    expect(refused).toMatchObject({ status: 429, body: { error: { details: { reason: 'too_many_streams' } } } });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    await lab.open(await gateway.jwt({ org: 'another' }));
    lab.opened[0]?.cut();
    await eventually(() => lab.open());
  });
});
