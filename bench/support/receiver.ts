import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** An event as a webhook brings it, as far as measurements look at it. */
export interface Envelope {
  id: string;
  event: string;
  session: string | null;
  /** Epoch milliseconds. */
  timestamp: number;
  payload: Record<string, unknown>;
}

/** Epoch milliseconds with fractions, comparable between processes of one machine. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}

/** An endpoint that acknowledges everything at once. */
export class Receiver {
  /** When each event came first. */
  readonly arrivals = new Map<string, number>();

  private constructor(
    private readonly server: Server,
    private readonly hear: (envelope: Envelope, at: number) => void,
  ) {
    server.on('request', (request: IncomingMessage, response) => {
      const at = now();
      response.writeHead(204).end();
      void this.take(request, at);
    });
  }

  static async start(hear: (envelope: Envelope, at: number) => void = () => undefined): Promise<Receiver> {
    const server = createServer({ keepAliveTimeout: 60_000 });
    const receiver = new Receiver(server, hear);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/events`;
  }

  async close(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }

  private async take(request: IncomingMessage, at: number): Promise<void> {
    const envelope = JSON.parse(await text(request)) as Envelope;
    if (this.arrivals.has(envelope.id)) return;
    this.arrivals.set(envelope.id, at);
    this.hear(envelope, at);
  }
}
