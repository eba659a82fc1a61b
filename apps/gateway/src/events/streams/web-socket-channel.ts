import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import { CLOSE_CODES, closeGraceMs, type CloseReason } from './close-reason.js';
import type { OutgoingEvent } from './outgoing-event.js';
import { drained, type StreamChannel } from './stream-channel.js';

/** One envelope in each text message. What the client says is not listened to. */
export class WebSocketChannel implements StreamChannel {
  readonly kind = 'websocket';
  private awaitsPong = false;

  constructor(
    private readonly webSocket: WebSocket,
    private readonly socket: Socket,
  ) {
    webSocket.on('pong', () => (this.awaitsPong = false));
    // A client that breaks the protocol is closed with the code for it: `close` follows.
    webSocket.on('error', () => webSocket.close());
  }

  get backlog(): number {
    return this.webSocket.bufferedAmount;
  }

  get taken(): number {
    return this.socket.bytesWritten - this.socket.writableLength;
  }

  send(events: readonly OutgoingEvent[]): void {
    this.socket.cork();
    for (const event of events) this.webSocket.send(event.asMessage, { binary: false });
    this.socket.uncork();
  }

  drained(): Promise<void> {
    return drained(this.socket);
  }

  beat(): void {
    // A ping would wait behind it, and its answer would come too late.
    if (this.backlog > 0) return;
    if (this.awaitsPong) return this.webSocket.terminate();
    this.awaitsPong = true;
    this.webSocket.ping();
  }

  close(reason: CloseReason): void {
    this.webSocket.close(CLOSE_CODES[reason], reason);
    const timer = setTimeout(() => this.webSocket.terminate(), closeGraceMs(reason));
    this.webSocket.once('close', () => clearTimeout(timer));
  }

  onClose(listener: () => void): void {
    this.webSocket.once('close', listener);
  }
}
