import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { EventEnvelope } from '../../apps/gateway/src/events/envelope.js';

export interface Received {
  /** By the header; the envelope has the same. */
  id: string;
  envelope: EventEnvelope;
}

export type Behaviour = (response: ServerResponse, received: Received) => void;

export const acknowledge: Behaviour = (response) => void response.writeHead(204).end();
export const slowly =
  (ms: number): Behaviour =>
  (response) =>
    void setTimeout(() => response.writeHead(204).end(), ms);
export const fail: Behaviour = (response) => void response.writeHead(500).end('not today');
export const keepSilent: Behaviour = () => undefined;

/** What somebody runs to whom events are sent. */
export class Endpoint {
  /** Whatever came, in the order in which it came, however it was answered. */
  readonly received: Received[] = [];
  /** Requests that are not answered yet. */
  open = 0;
  mostOpen = 0;

  private constructor(
    private readonly server: Server,
    public behave: Behaviour,
  ) {
    server.on('request', (request: IncomingMessage, response: ServerResponse) => void this.take(request, response));
  }

  static async start(behave: Behaviour = acknowledge): Promise<Endpoint> {
    const server = createServer();
    const endpoint = new Endpoint(server, behave);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return endpoint;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/hook`;
  }

  get ids(): string[] {
    return this.received.map(({ id }) => id);
  }

  /** Of each session, the events in the order in which each came first. */
  get firsts(): Map<string, string[]> {
    const seen = new Set<string>();
    const firsts = new Map<string, string[]>();
    for (const { id, envelope } of this.received) {
      if (seen.has(id)) continue;
      seen.add(id);
      const session = envelope.session ?? '';
      firsts.set(session, [...(firsts.get(session) ?? []), id]);
    }
    return firsts;
  }

  async close(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.mostOpen = Math.max(this.mostOpen, ++this.open);
    response.once('close', () => this.open--);
    const envelope = JSON.parse(await text(request)) as EventEnvelope;
    const received = { id: String(request.headers['x-webhook-request-id']), envelope };
    this.received.push(received);
    this.behave(response, received);
  }
}
