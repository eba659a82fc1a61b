import type { ClientRequest } from 'node:http';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { type AttemptError, AttemptFailure } from './attempt.js';

/**
 * A connection that was kept open broke before anything came back. Most likely the other side had closed it while it
 * idled; that it took the request and then broke cannot be told apart.
 */
export class StaleConnection extends Error {}

/** How far a request came, which tells what an error of its connection means. */
export class ConnectionProgress {
  private stage: 'connecting' | 'handshaking' | 'connected' = 'connecting';
  private socket?: Socket;
  private readBefore = 0;

  constructor(private readonly request: ClientRequest) {
    request.once('socket', (socket) => this.follow(socket));
  }

  get isConnected(): boolean {
    return this.stage === 'connected';
  }

  explain(error: NodeJS.ErrnoException): AttemptFailure | StaleConnection {
    if (error instanceof AttemptFailure) return error;
    if (this.request.reusedSocket && this.socket?.bytesRead === this.readBefore) return new StaleConnection();
    return new AttemptFailure(this.reasonOf(error.code ?? ''), { cause: error });
  }

  private follow(socket: Socket): void {
    this.socket = socket;
    this.readBefore = socket.bytesRead;
    if (!socket.connecting) {
      this.stage = 'connected';
      return;
    }
    const isTls = socket instanceof TLSSocket;
    socket.once('connect', () => (this.stage = isTls ? 'handshaking' : 'connected'));
    if (isTls) socket.once('secureConnect', () => (this.stage = 'connected'));
  }

  private reasonOf(code: string): AttemptError {
    if (this.stage === 'connecting') return 'connection_failed';
    if (this.stage === 'handshaking' || /^(EPROTO|ERR_SSL|ERR_TLS)/.test(code)) return 'tls_failed';
    if (code === 'HPE_HEADER_OVERFLOW') return 'response_too_large';
    return code.startsWith('HPE_') ? 'invalid_response' : 'connection_reset';
  }
}
