import type { ServerResponse } from 'node:http';
import { closeGraceMs, type CloseReason } from './close-reason.js';
import type { OutgoingEvent } from './outgoing-event.js';
import { drained, type StreamChannel } from './stream-channel.js';

/** How long a client waits before it comes back. */
const RETRY_MS = 2_000;

const HEADERS = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-cache, no-store, no-transform',
  // nginx keeps answers back otherwise.
  'X-Accel-Buffering': 'no',
};

/** Server-Sent Events. Its client is not told why it ends: it comes back, and is then answered why not. */
export class SseChannel implements StreamChannel {
  readonly kind = 'sse';

  constructor(private readonly response: ServerResponse) {
    // What is written to a client that has just gone: `close` follows.
    response.on('error', () => response.destroy());
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    response.flushHeaders();
    response.write(`retry: ${RETRY_MS}\n\n`);
  }

  get backlog(): number {
    return this.response.writableLength;
  }

  get taken(): number {
    const { socket } = this.response;
    return socket ? socket.bytesWritten - socket.writableLength : 0;
  }

  send(events: readonly OutgoingEvent[]): void {
    this.response.cork();
    for (const event of events) this.response.write(event.asBlock);
    this.response.uncork();
  }

  drained(): Promise<void> {
    return drained(this.response.socket ?? this.response);
  }

  beat(): void {
    this.response.write(':\n\n');
  }

  close(reason: CloseReason): void {
    this.response.end();
    const timer = setTimeout(() => this.response.destroy(), closeGraceMs(reason));
    this.response.once('close', () => clearTimeout(timer));
  }

  onClose(listener: () => void): void {
    this.response.once('close', listener);
  }
}
