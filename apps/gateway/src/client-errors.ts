import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { STATUS_OF, toEnvelope } from '#http';

/** What Node refuses before there is a request: it is answered on the bare socket, in the same envelope as all else. */
export function answerClientErrors(server: Server): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable || socket.bytesWritten > 0) return void socket.destroy();
    const code = 'validation_error';
    const fields = [{ path: 'request', message: messageOf(error.code) }];
    const body = JSON.stringify(
      toEnvelope({ code, message: `request: ${messageOf(error.code)}`, details: { fields } }),
    );
    socket.end(
      [
        `HTTP/1.1 ${STATUS_OF[code]} Bad Request`,
        'Connection: close',
        'Content-Type: application/json; charset=utf-8',
        `Content-Length: ${Buffer.byteLength(body)}`,
        '',
        body,
      ].join('\r\n'),
    );
  });
}

function messageOf(code: string | undefined): string {
  if (code === 'HPE_HEADER_OVERFLOW') return 'its headers are too large';
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'did not arrive in time';
  return 'is not HTTP';
}
