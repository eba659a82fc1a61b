import { once } from 'node:events';
import {
  createServer as createHttp,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttps } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';

export interface Received {
  headers: IncomingHttpHeaders;
  body: string;
  /** The connection that it came over, counted from 1. */
  connection: number;
}

export type Answering = (response: ServerResponse, request: IncomingMessage) => void;

export interface ReceiverOptions {
  /** 127.0.0.1 and any free port unless said otherwise. */
  host?: string;
  port?: number;
  /** With them it speaks TLS. */
  certificate?: { key: string; cert: string };
  /** 204 unless said otherwise. */
  answer?: Answering;
}

/** A webhook's endpoint on this machine, which remembers what it gets. */
export class Receiver {
  readonly received: Received[] = [];
  /** How many connections were made. */
  connections = 0;
  private readonly open = new Map<Socket, number>();

  private constructor(
    private readonly server: Server,
    private readonly scheme: string,
  ) {
    server.on(scheme === 'https' ? 'secureConnection' : 'connection', (socket: Socket) => {
      this.open.set(socket, ++this.connections);
      socket.once('close', () => this.open.delete(socket));
    });
  }

  static async start({ host = '127.0.0.1', port = 0, certificate, answer }: ReceiverOptions = {}): Promise<Receiver> {
    const reply: Answering = answer ?? ((response) => response.writeHead(204).end());
    const onRequest = (request: IncomingMessage, response: ServerResponse): void =>
      void text(request).then(
        (body) => {
          receiver.received.push({ headers: request.headers, body, connection: receiver.numberOf(request.socket) });
          reply(response, request);
        },
        () => undefined,
      );
    const server = certificate ? createHttps(certificate, onRequest) : createHttp(onRequest);
    const receiver = new Receiver(server, certificate ? 'https' : 'http');
    await once(server.listen(port, host), 'listening');
    return receiver;
  }

  /** The one request that came. */
  get only(): Received {
    const [request, ...others] = this.received;
    if (!request || others.length > 0) throw new Error(`${this.received.length} requests came instead of one`);
    return request;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** At `host`, by default its own address. */
  url(host = (this.server.address() as AddressInfo).address): string {
    return `${this.scheme}://${host}:${this.port}/hook`;
  }

  /** How many connections are open. */
  get openConnections(): number {
    return this.open.size;
  }

  /** Closes every connection, without a word. */
  cut(): void {
    for (const socket of this.open.keys()) socket.destroy();
  }

  async stop(): Promise<void> {
    this.cut();
    this.server.close();
    if (this.server.listening) await once(this.server, 'close');
  }

  private numberOf(socket: Socket): number {
    return this.open.get(socket) ?? 0;
  }
}
