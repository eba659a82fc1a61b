import { Agent, request, type IncomingHttpHeaders } from 'node:http';
import { buffer } from 'node:stream/consumers';

const agent = new Agent({ keepAlive: true });

export interface Sent {
  /** api-key. */
  token?: string;
  body?: unknown;
}

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

/** One request over a connection that is kept: `fetch` would cost more than what is measured. */
export function send(method: string, url: string, { token, body }: Sent = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const payload = body === undefined ? undefined : JSON.stringify(body);
    const headers = {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(payload !== undefined && {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(payload),
      }),
    };
    const outgoing = request(url, { method, agent, headers }, (response) => {
      const { statusCode: status = 0, headers } = response;
      buffer(response).then((bytes) => resolve({ status, headers, text: bytes.toString() }), reject);
    });
    outgoing.on('error', reject).end(payload);
  });
}

/** As `send`; throws unless the answer is a success. */
export async function call<T>(method: string, url: string, sent: Sent = {}): Promise<T> {
  const { status, text } = await send(method, url, sent);
  if (status >= 300) throw new Error(`${method} ${url}: ${status} ${text}`);
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

/** Whether `url` answers 200. */
export async function answers(url: string): Promise<boolean> {
  try {
    return (await send('GET', url)).status === 200;
  } catch (error) {
    if (error instanceof Error && 'code' in error) return false;
    throw error;
  }
}
