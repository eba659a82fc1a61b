import { createServer, STATUS_CODES, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { Faults } from '../faults/index.js';
import { Connection, type ConnectionEvents, type ConnectionSettings } from './connection.js';

const PATH = '/ws/chat';
const PICTURES = '/pictures/';

/** Takes websockets in. */
export class Listener {
  readonly connections = new Set<Connection>();
  private readonly sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  private readonly server: Server;
  /** Sockets whose upgrade is never answered. */
  private readonly hanging = new Set<Duplex>();
  private address?: AddressInfo;

  constructor(
    private readonly settings: ConnectionSettings,
    private readonly events: ConnectionEvents,
    private readonly faults: Faults,
    /** The bytes of a group's picture. */
    private readonly picture: (id: string) => Uint8Array | undefined,
  ) {
    this.server = createServer((request, response) => this.answer(request, response));
    this.server.on('upgrade', (request, socket, head) => this.upgrade(request, socket, head));
  }

  get url(): string {
    return `ws://${this.authority}${PATH}`;
  }

  /** Where a picture can be fetched from. */
  pictureUrl(id: string): string {
    return `http://${this.authority}${PICTURES}${id}`;
  }

  async listen(port: number, host: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, host, () => {
        this.server.off('error', reject);
        resolve();
      });
    });
    this.address = this.server.address() as AddressInfo;
  }

  /** Cuts every line and listens no more. */
  async close(): Promise<void> {
    if (!this.server.listening) return;
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    for (const connection of this.connections) connection.drop();
    for (const socket of this.hanging) socket.destroy();
    this.server.closeAllConnections();
    await closed;
  }

  /** Listens again where it did. */
  async reopen(): Promise<void> {
    if (this.address === undefined) throw new Error('the simulator never listened');
    if (this.server.listening) return;
    await this.listen(this.address.port, this.address.address);
  }

  private get authority(): string {
    if (this.address === undefined) throw new Error('the simulator does not listen');
    const { address, port, family } = this.address;
    return `${family === 'IPv6' ? `[${address}]` : address}:${port}`;
  }

  /** Pictures, as WhatsApp's media servers hand them out; everything else is for websockets. */
  private answer({ url = '' }: IncomingMessage, response: ServerResponse): void {
    if (!url.startsWith(PICTURES)) return void response.writeHead(426).end();
    const image = this.picture(url.slice(PICTURES.length));
    if (image === undefined) response.writeHead(404).end();
    else response.writeHead(200, { 'content-type': 'image/jpeg' }).end(image);
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const fault = this.faults.forUpgrade();
    if (fault !== undefined) socket.on('error', () => socket.destroy());
    if (fault === 'hang') {
      this.hanging.add(socket);
      socket.on('close', () => this.hanging.delete(socket));
      return;
    }
    if (fault !== undefined) {
      const { status } = fault;
      socket.end(
        `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Refused'}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
      );
      return;
    }
    this.sockets.handleUpgrade(request, socket, head, (websocket) => {
      this.connections.add(
        new Connection(websocket, this.settings, {
          identified: (connection, payload) => this.events.identified(connection, payload),
          stanza: (connection, stanza) => this.events.stanza(connection, stanza),
          closed: (connection) => {
            this.connections.delete(connection);
            this.events.closed(connection);
          },
        }),
      );
    });
  }
}
