import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '../chaos/random.js';
import { idIn } from './envelope.js';

/** Of those that fail, one in so many is never answered: each costs the gateway its whole patience. */
const SILENT_ONE_IN = 1_500;
const MOST_SILENT = 4;
/** Shares of those that fail. */
const HANGS_UP = 0.3;
const SLOW = 0.05;
const SLOW_MS = 150;

/** A webhook's endpoint that fails a third of the time: with 500, by hanging up, by answering late or not at all. */
export class FlakyReceiver {
  /** Ids in the order in which they came for the first time, whatever was answered. */
  readonly arrived = new Set<string>();
  /** Ids that were acknowledged. */
  readonly accepted = new Set<string>();
  requests = 0;
  failures = 0;
  private silent = 0;

  private constructor(
    private readonly server: Server,
    private readonly random: Random,
  ) {
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      // A request that breaks off, since the gateway was killed in the middle of it, has not arrived.
      this.take(request, response).catch(() => response.destroy());
    });
  }

  static async start(random: Random): Promise<FlakyReceiver> {
    const server = createServer({ keepAliveTimeout: 60_000 });
    const receiver = new FlakyReceiver(server, random);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/events`;
  }

  async stop(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const id = idIn(await text(request));
    this.requests += 1;
    this.arrived.add(id);
    if (this.random.between(1, 3) > 1) return this.accept(id, response);
    this.failures += 1;
    await this.fail(id, response);
  }

  private accept(id: string, response: ServerResponse): void {
    this.accepted.add(id);
    response.writeHead(204).end();
  }

  private async fail(id: string, response: ServerResponse): Promise<void> {
    if (this.silent < MOST_SILENT && this.random.between(1, SILENT_ONE_IN) === 1) {
      this.silent += 1;
      return;
    }
    const how = this.random.next();
    if (how < HANGS_UP) response.destroy();
    else if (how < HANGS_UP + SLOW) await delay(SLOW_MS).then(() => this.accept(id, response));
    else response.writeHead(500).end('not now');
  }
}
