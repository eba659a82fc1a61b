import { randomUUID } from 'node:crypto';
import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type AppError, NotFoundError, ValidationError } from '#errors';
import { STATUS_OF, toEnvelope } from '#http';

/** How long a client may take to read the answer and to hang up. */
export const ANSWER_GRACE_MS = 5_000;

/** What Node would answer by itself, or not at all, gets the same envelope as all else. */
export function answerClientErrors(server: Server): void {
  const latest = new WeakMap<Duplex, ServerResponse>();
  server.on('request', (request, response) => void latest.set(request.socket, response));
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    // What is said now would be taken for a part of the answer that is still due.
    const isAnswering = latest.get(socket)?.writableFinished === false;
    if (error.code === 'ECONNRESET' || !socket.writable || isAnswering) socket.destroy();
    else answer(socket, ValidationError.of('request', messageOf(error.code)));
  });
  server.on('connect', (_: IncomingMessage, socket: Duplex) => answer(socket, new NotFoundError('route')));
  // A client that expects what we do not know is served as if it had not asked: Node's own 417 has no body.
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
}

/** There is no request that a filter could answer: this is written on the bare socket. */
function answer(socket: Duplex, error: AppError): void {
  const status = STATUS_OF[error.code];
  const body = JSON.stringify(toEnvelope(error));
  // Node listens to it no longer: a client that breaks off would end the process, one that stays would stay for ever.
  socket.on('error', () => socket.destroy());
  const timer = setTimeout(() => socket.destroy(), ANSWER_GRACE_MS);
  socket.once('close', () => clearTimeout(timer));
  socket.end(
    [
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
      'Connection: close',
      'Cache-Control: no-store',
      `X-Request-Id: ${randomUUID()}`,
      'Content-Type: application/json; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ].join('\r\n'),
  );
}

function messageOf(code: string | undefined): string {
  if (code === 'HPE_HEADER_OVERFLOW') return 'its headers are too large';
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'did not arrive in time';
  return 'is not HTTP';
}
