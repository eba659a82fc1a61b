import type { Writable } from 'node:stream';
import type { CloseReason } from './close-reason.js';
import type { OutgoingEvent } from './outgoing-event.js';

/** The way to one reader. */
export interface StreamChannel {
  readonly kind: 'websocket' | 'sse';
  /** Bytes that wait in this process because the reader takes no more for now. */
  readonly backlog: number;
  /** Bytes that wait no longer: while they grow, the reader reads. */
  readonly taken: number;
  send(events: readonly OutgoingEvent[]): void;
  /** Resolves when there is room again, or nobody left. */
  drained(): Promise<void>;
  /** Tells the reader that the stream lives; finds out whether the reader does. */
  beat(): void;
  /** What is on its way is sent before, if the reader takes it soon. */
  close(reason: CloseReason): void;
  /** Called once, however the end came. */
  onClose(listener: () => void): void;
}

export function drained(stream: Writable): Promise<void> {
  if (!stream.writableNeedDrain || stream.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      stream.off('drain', done).off('close', done);
      resolve();
    };
    stream.on('drain', done).on('close', done);
  });
}
