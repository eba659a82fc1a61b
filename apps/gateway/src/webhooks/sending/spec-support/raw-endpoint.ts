import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { OpenConnections } from './open-connections.js';

/** `connection` is counted from 1. */
export type Serving = (socket: Socket, connection: number) => void;

/** An endpoint that speaks whatever the test wants, byte by byte. */
export class RawEndpoint {
  readonly connections = new OpenConnections();

  private constructor(private readonly server: Server) {}

  static async start(serve: Serving): Promise<RawEndpoint> {
    const server = createServer((socket) => {
      // The sender cuts connections; that is no failure of the endpoint.
      socket.on('error', () => undefined);
      endpoint.connections.add(socket);
      // Whoever does not read does not hear of the end, either.
      socket.resume();
      serve(socket, endpoint.connections.made);
    });
    const endpoint = new RawEndpoint(server);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return endpoint;
  }

  url(scheme: 'http' | 'https' = 'http'): string {
    return `${scheme}://127.0.0.1:${(this.server.address() as AddressInfo).port}/hook`;
  }

  stop(): Promise<void> {
    return this.connections.stop(this.server);
  }
}
