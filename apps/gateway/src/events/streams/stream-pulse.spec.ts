import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import { StreamPulse } from './stream-pulse.js';
import { WebSocketChannel } from './web-socket-channel.js';

class TestWebSocket extends EventEmitter {
  bufferedAmount = 0;
  pings = 0;
  isTerminated = false;

  ping(): void {
    this.pings += 1;
  }

  terminate(): void {
    this.isTerminated = true;
  }
}

const socket = { bytesWritten: 0, writableLength: 0 };
let webSocket: TestWebSocket;
let pulse: StreamPulse;

beforeEach(() => {
  jest.useFakeTimers();
  Object.assign(socket, { bytesWritten: 0, writableLength: 0 });
  webSocket = new TestWebSocket();
  pulse = pulseUntil();
});

afterEach(() => {
  jest.useRealTimers();
});

function pulseUntil(validUntil?: number): StreamPulse {
  return new StreamPulse(new WebSocketChannel(webSocket as unknown as WebSocket, socket as Socket), validUntil);
}

/** Looks twice a second; answers as soon as the stream has to end. */
function pass(ms: number): string | undefined {
  for (let passed = 0; passed < ms; passed += 500) {
    jest.advanceTimersByTime(500);
    const reason = pulse.check();
    if (reason) return reason;
  }
  return undefined;
}

describe('a stream in which nothing happens', () => {
  it('is pinged every fifteen seconds', () => {
    webSocket.on('ping', () => undefined);
    for (let n = 1; n <= 4; n++) {
      pass(15_000);
      expect(webSocket.pings).toBe(n);
      webSocket.emit('pong');
    }
    expect(webSocket.isTerminated).toBe(false);
  });

  it('whose reader does not answer is torn down by the next ping', () => {
    pass(29_000);
    expect(webSocket).toMatchObject({ pings: 1, isTerminated: false });
    pass(1_500);
    expect(webSocket).toMatchObject({ pings: 1, isTerminated: true });
  });

  it('is not pinged behind what its reader has yet to take', () => {
    Object.assign(socket, { bytesWritten: 1_000, writableLength: 500 });
    webSocket.bufferedAmount = 500;
    pass(20_000);
    expect(webSocket.pings).toBe(0);
  });
});

describe('a reader', () => {
  it('that takes nothing for thirty seconds is too slow', () => {
    webSocket.bufferedAmount = 500;
    Object.assign(socket, { bytesWritten: 500, writableLength: 500 });
    expect(pass(29_500)).toBeUndefined();
    expect(pass(500)).toBe('slow_reader');
  });

  it('that takes a little now and then is not', () => {
    webSocket.bufferedAmount = 500;
    Object.assign(socket, { bytesWritten: 10_000, writableLength: 10_000 });
    for (let n = 0; n < 5; n++) {
      expect(pass(25_000)).toBeUndefined();
      socket.writableLength -= 1;
    }
  });

  it('is cut off at the end of its credential', () => {
    pulse = pulseUntil(Date.now() + 10_000);
    expect(pass(9_500)).toBeUndefined();
    expect(pass(1_000)).toBe('credential_ended');
  });
});
