import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import type { CloseReason } from './close-reason.js';
import { SseChannel } from './sse-channel.js';
import type { StreamChannel } from './stream-channel.js';
import { StreamPulse } from './stream-pulse.js';
import { WebSocketChannel } from './web-socket-channel.js';

/** A connection whose reader takes nothing and closes nothing. */
class StuckReader extends EventEmitter {
  isCutOff = false;
  closedWith: unknown[] | undefined;
  written = '';
  readonly writableLength = 0;

  close(...how: unknown[]): void {
    this.closedWith = how;
  }

  end(): void {
    this.closedWith = [];
  }

  terminate(): void {
    this.isCutOff = true;
  }

  destroy(): void {
    this.isCutOff = true;
  }

  write(text: string): void {
    this.written += text;
  }

  setHeader(): void {}

  flushHeaders(): void {}
}

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

const KINDS: [string, (reader: StuckReader) => StreamChannel][] = [
  ['a WebSocket', (reader) => new WebSocketChannel(reader as unknown as WebSocket, new EventEmitter() as Socket)],
  ['Server-Sent Events', (reader) => new SseChannel(reader as unknown as ServerResponse)],
];

describe.each(KINDS)('a reader of %s that takes nothing', (_, open) => {
  it.each<[CloseReason, number]>([
    ['credential_ended', 500],
    ['going_away', 5_000],
  ])('is cut off when its stream ends as %s, within %i ms', (reason, graceMs) => {
    const reader = new StuckReader();
    open(reader).close(reason);
    expect(reader.closedWith).toBeDefined();
    jest.advanceTimersByTime(graceMs / 2);
    expect(reader.isCutOff).toBe(false);
    jest.advanceTimersByTime(graceMs / 2);
    expect(reader.isCutOff).toBe(true);
  });
});

describe('Server-Sent Events', () => {
  it('say every fifteen seconds that they are alive', () => {
    const reader = new StuckReader();
    const pulse = new StreamPulse(new SseChannel(reader as unknown as ServerResponse));
    const begun = reader.written;
    jest.advanceTimersByTime(14_500);
    pulse.check();
    expect(reader.written).toBe(begun);
    for (let beats = 1; beats <= 3; beats++) {
      jest.advanceTimersByTime(beats === 1 ? 500 : 15_000);
      expect(pulse.check()).toBeUndefined();
      expect(reader.written.slice(begun.length)).toBe(':\n\n'.repeat(beats));
    }
  });
});
