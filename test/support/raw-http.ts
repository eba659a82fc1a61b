import { request as httpRequest, type ClientRequest } from 'node:http';

/** What a WebSocket is asked for with. */
export const HANDSHAKE = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
};

export interface RawAnswer {
  status: number;
  headers: Record<string, unknown>;
  body: unknown;
}

/** A request for an upgrade that is not sent yet. */
export function upgrading(url: string, headers: Record<string, string> = {}): ClientRequest {
  return httpRequest(url, { headers: { ...HANDSHAKE, ...headers }, agent: false });
}

export function rawUpgrade(url: string, headers?: Record<string, string>): Promise<RawAnswer> {
  return answerOf(upgrading(url, headers));
}

export function send(method: string, url: string, body: string, headers: Record<string, string>): Promise<RawAnswer> {
  return answerOf(httpRequest(url, { method, headers, agent: false }), body);
}

function answerOf(request: ClientRequest, sent?: string): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    request.on('error', reject);
    request.on('upgrade', ({ statusCode: status = 0, headers }, socket) => {
      socket.destroy();
      resolve({ status, headers, body: undefined });
    });
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const { statusCode: status = 0, headers } = response;
        resolve({ status, headers, body: JSON.parse(Buffer.concat(chunks).toString()) as unknown });
      });
    });
    request.end(sent);
  });
}
