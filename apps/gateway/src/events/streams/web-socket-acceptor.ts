import { Injectable } from '@nestjs/common';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { WebSocketServer } from 'ws';
import { ValidationError } from '#errors';
import type { Upgrade } from '#http';
import { BAD_HANDSHAKE } from '../realtime.errors.js';
import { WebSocketChannel } from './web-socket-channel.js';

/** Nobody has much to say to us. */
const LONGEST_MESSAGE = 1024;

/** Makes WebSockets of requests for one. */
@Injectable()
export class WebSocketAcceptor {
  private readonly server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: LONGEST_MESSAGE,
  });
  private readonly responses = new WeakMap<IncomingMessage, ServerResponse>();

  constructor() {
    // While somebody listens, nothing is answered to a handshake that is none: that is for our own filter to do.
    this.server.on('wsClientError', () => undefined);
    this.server.on('headers', (headers: string[], request: IncomingMessage) => {
      headers.push(...linesOf(this.responses.get(request)));
    });
  }

  /** Throws `ValidationError` for a handshake that is none. The answer has been given otherwise, headers of `response` included. */
  accept(request: IncomingMessage, response: ServerResponse, { socket, head }: Upgrade): WebSocketChannel {
    this.responses.set(request, response);
    let channel: WebSocketChannel | undefined;
    this.server.handleUpgrade(request, socket, head, (webSocket) => {
      channel = new WebSocketChannel(webSocket, socket);
    });
    if (!channel) throw ValidationError.of('Sec-WebSocket-Key', BAD_HANDSHAKE);
    response.detachSocket(socket);
    // To whoever waits for its end, the log among them, it is answered.
    response.emit('close');
    return channel;
  }
}

function linesOf(response: ServerResponse | undefined): string[] {
  return Object.entries(response?.getHeaders() ?? {}).flatMap(([name, value]) =>
    name === 'connection' || value === undefined ? [] : [`${name}: ${String(value)}`],
  );
}
