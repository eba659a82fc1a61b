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
  /** To be waited for while there is a backlog. Resolves when there may be room again, or nobody is left. */
  drained(): Promise<void>;
  /** Tells the reader that the stream lives; finds out whether the reader does. */
  beat(): void;
  /** What is on its way is sent before, if the reader takes it soon. */
  close(reason: CloseReason): void;
  /** Called once, however the end came. */
  onClose(listener: () => void): void;
}

/** Some of what waits may be in other hands than the stream's own, which does not tell when that is gone. */
const LOOK_MS = 100;

/** Resolves when the stream has room again, has come to its end, or should be looked at. */
export function drained(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      stream.off('drain', done).off('close', done);
      resolve();
    };
    const timer = setTimeout(done, LOOK_MS);
    stream.on('drain', done).on('close', done);
  });
}
