import { EventEmitter, once } from 'node:events';
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
import { OpenConnections } from './open-connections.js';

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
  /** With it, it speaks TLS. */
  certificate?: { key: string; cert: string };
  /** 204 unless said otherwise. */
  answer?: Answering;
}

const acknowledge: Answering = (response) => response.writeHead(204).end();

/** A webhook's endpoint on this machine, which remembers what it gets. */
export class Receiver {
  readonly received: Received[] = [];
  readonly connections = new OpenConnections();
  private readonly arrivals = new EventEmitter();

  private constructor(
    private readonly server: Server,
    private readonly scheme: 'http' | 'https',
  ) {
    server.on(scheme === 'https' ? 'secureConnection' : 'connection', (socket: Socket) => this.connections.add(socket));
  }

  static async start(options: ReceiverOptions = {}): Promise<Receiver> {
    const { host = '127.0.0.1', port = 0, certificate, answer = acknowledge } = options;
    const onRequest = (request: IncomingMessage, response: ServerResponse): void =>
      void text(request).then(
        (body) => {
          receiver.note(request, body);
          answer(response, request);
        },
        // Broken off by the sender: it never came.
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

  /** Resolves once so many requests came in all. */
  async came(count: number): Promise<void> {
    while (this.received.length < count) await once(this.arrivals, 'request');
  }

  stop(): Promise<void> {
    return this.connections.stop(this.server);
  }

  private note({ headers, socket }: IncomingMessage, body: string): void {
    this.received.push({ headers, body, connection: this.connections.numberOf(socket) });
    this.arrivals.emit('request');
  }
}
