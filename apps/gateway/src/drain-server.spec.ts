import { describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type RequestListener, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerUpgrades } from '#http';
import { drainServer } from './drain-server.js';

const UPGRADE = { connection: 'Upgrade', upgrade: 'websocket' };

interface Asked {
  server: ReturnType<typeof createServer>;
  /** Its status, or that there was none. */
  answer: Promise<number | string | undefined>;
  respond: (status: number) => void;
}

/** A server with a request that it has not answered yet. */
async function asked(headers: Record<string, string>): Promise<Asked> {
  let respond: Asked['respond'] = () => undefined;
  const server = createServer();
  const arrived = new Promise<void>((resolve) => {
    const listener: RequestListener = (_, response) => {
      respond = (status) => response.writeHead(status).end();
      resolve();
    };
    server.on('request', listener);
    answerUpgrades(server, listener, (incoming) => new ServerResponse(incoming));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const client = request({ port, headers, agent: false }).end();
  const answer = once(client, 'response').then(
    ([response]) => (response as IncomingMessage).resume().statusCode,
    () => 'cut off',
  );
  await arrived;
  return { server, answer, respond };
}

describe.each([
  ['a request', {}],
  ['a request for an upgrade', UPGRADE],
])('while %s is in flight, a server that is drained', (_, headers) => {
  it('cuts it off at the deadline', async () => {
    const { server, answer } = await asked(headers);
    await drainServer(server, 50);
    expect(await answer).toBe('cut off');
  });

  it('waits for its answer', async () => {
    const { server, answer, respond } = await asked(headers);
    const drained = drainServer(server, 60_000);
    respond(204);
    await drained;
    expect(await answer).toBe(204);
  });
});
