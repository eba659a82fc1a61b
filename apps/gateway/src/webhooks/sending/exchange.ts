import { type Agent, type ClientRequest, type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { AttemptFailure } from './attempt.js';
import { ConnectionProgress } from './connection-progress.js';
import { hostOf } from './target-url.js';

export interface Limits {
  /** Until a connection stands, TLS included. */
  connectMs: number;
  /** The whole attempt. */
  attemptMs: number;
  /** Bytes of an answer's headers. */
  headerBytes: number;
  /** Bytes of an answer's body that are read; then the connection is cut. */
  bodyBytes: number;
}

export interface Post {
  url: URL;
  headers: Record<string, string>;
  body: Buffer;
}

export interface Answer {
  status: number;
  /** What was read of the body. */
  body: Buffer;
  /** Whether that is all of it. */
  isWhole: boolean;
}

/**
 * Posts once and reads the answer, until that ends or `signal` says so. Rejects with `StaleConnection` or an
 * `AttemptFailure` while there is no status; once there is one, what goes wrong only shortens the body.
 */
export async function exchange(post: Post, agent: Agent, limits: Limits, signal: AbortSignal): Promise<Answer> {
  signal.throwIfAborted();
  const response = await answerTo(open(post, agent, limits), post.body, limits, signal);
  return { status: response.statusCode ?? 0, ...(await bodyOf(response, limits, signal)) };
}

function open({ url, headers }: Post, agent: Agent, { headerBytes }: Limits): ClientRequest {
  const { protocol, port, pathname, search } = url;
  const request = protocol === 'https:' ? requestHttps : requestHttp;
  return request({
    method: 'POST',
    protocol,
    hostname: hostOf(url),
    port,
    path: pathname + search,
    headers,
    agent,
    maxHeaderSize: headerBytes,
    insecureHTTPParser: false,
  });
}

function answerTo(
  request: ClientRequest,
  body: Buffer,
  { connectMs }: Limits,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const progress = new ConnectionProgress(request);
    const settle = (): void => {
      clearTimeout(connecting);
      signal.removeEventListener('abort', onAbort);
      request.off('close', onClose);
    };
    const fail = (error: Error): void => {
      settle();
      reject(error);
      request.destroy();
    };
    const onAbort = (): void => fail(signal.reason as AttemptFailure);
    // Neither an answer nor an error: the other side turned to another protocol.
    const onClose = (): void => fail(new AttemptFailure('invalid_response'));
    const connecting = setTimeout(() => {
      if (!progress.isConnected) fail(new AttemptFailure('timeout'));
    }, connectMs);

    signal.addEventListener('abort', onAbort, { once: true });
    request.once('response', (response) => {
      settle();
      resolve(response);
    });
    // Stays: a request that is destroyed may have more to say.
    request.on('error', (error) => fail(progress.explain(error)));
    request.once('close', onClose);
    request.end(body);
  });
}

function bodyOf(
  response: IncomingMessage,
  { bodyBytes }: Limits,
  signal: AbortSignal,
): Promise<Pick<Answer, 'body' | 'isWhole'>> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const settle = (isWhole: boolean): void => {
      signal.removeEventListener('abort', cut);
      resolve({ body: Buffer.concat(chunks).subarray(0, bodyBytes), isWhole });
    };
    const cut = (): void => {
      settle(false);
      response.destroy();
    };
    signal.addEventListener('abort', cut, { once: true });
    response.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size > bodyBytes) cut();
    });
    response.once('end', () => settle(true));
    response.on('error', cut);
    if (signal.aborted) cut();
    response.once('close', () => settle(false));
  });
}
