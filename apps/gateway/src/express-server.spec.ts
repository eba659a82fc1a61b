import { afterEach, describe, expect, it } from '@jest/globals';
import type { Express, Request, Response } from 'express';
import { once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ExpressServer } from './express-server.js';

const adapter = new ExpressServer();

afterEach(() => {
  (adapter.getHttpServer() as Server).close();
});

describe('the HTTP server', () => {
  it('makes requests and responses that Express finds nothing to change at', async () => {
    adapter.initHttpServer();
    const server = adapter.getHttpServer() as Server;
    const prototypes = (request: IncomingMessage, response: ServerResponse): unknown[] =>
      [request, response].map((one) => Object.getPrototypeOf(one) as unknown);
    const seen: unknown[][] = [];
    server.on('request', (request, response) => seen.push(prototypes(request, response)));
    server.prependListener('request', (request, response) => seen.push(prototypes(request, response)));
    adapter.getInstance<Express>().use((request: Request, response: Response) => {
      response.json({ accepts: request.accepts('json'), app: request.app === adapter.getInstance() });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const answer = await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } });
    expect(await answer.json()).toEqual({ accepts: 'json', app: true });
    expect(seen).toHaveLength(2);
    expect(seen[0]?.[0]).toBe(seen[1]?.[0]);
    expect(seen[0]?.[1]).toBe(seen[1]?.[1]);
  });
});
