import { once } from 'node:events';
import type { Server, Socket } from 'node:net';

/** The connections of an endpoint, from the first to the last. */
export class OpenConnections {
  /** How many were made. */
  made = 0;
  private readonly numbers = new Map<Socket, number>();

  get size(): number {
    return this.numbers.size;
  }

  add(socket: Socket): void {
    this.numbers.set(socket, ++this.made);
    socket.once('close', () => this.numbers.delete(socket));
  }

  /** Counted from 1. */
  numberOf(socket: Socket): number {
    return this.numbers.get(socket) ?? 0;
  }

  /** Resolves once the other side, or `cut`, has closed them all. */
  async gone(): Promise<void> {
    await Promise.all(
      [...this.numbers.keys()].map((socket) => new Promise((resolve) => socket.once('close', resolve))),
    );
  }

  /** Closes them all, without a word. */
  cut(): void {
    for (const socket of this.numbers.keys()) socket.destroy();
  }

  async stop(server: Server): Promise<void> {
    this.cut();
    if (!server.listening) return;
    server.close();
    await once(server, 'close');
  }
}
