import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import type { EventEnvelope } from '../../apps/gateway/src/events/envelope.js';
import { eventually } from './eventually.js';
import type { TestGateway } from './start-gateway.js';

type Query = Record<string, string | undefined>;

/** What the gateway answers instead of a stream. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly headers: IncomingMessage['headers'],
    readonly body: unknown,
  ) {
    super(`the gateway answers ${status} instead of a stream`);
  }
}

abstract class StreamReader {
  readonly events: EventEnvelope[] = [];

  get ids(): string[] {
    return this.events.map(({ id }) => id);
  }

  get last(): string {
    return this.ids.at(-1) ?? '';
  }

  /** The events, as soon as there are that many. */
  async received(count: number, withinMs?: number): Promise<EventEnvelope[]> {
    return eventually(() => {
      if (this.events.length < count) throw new Error(`${this.events.length} of ${count} events were received`);
      return this.events;
    }, withinMs);
  }
}

/** A WebSocket that reads events, as a client opens it: with a ticket. */
export class SocketReader extends StreamReader {
  readonly closed: Promise<{ code: number; reason: string }>;

  private constructor(readonly webSocket: WebSocket) {
    super();
    webSocket.on('message', (data: Buffer) => this.events.push(JSON.parse(data.toString()) as EventEnvelope));
    this.closed = new Promise((resolve) => {
      webSocket.once('close', (code, reason) => resolve({ code, reason: reason.toString() }));
    });
    webSocket.on('error', () => undefined);
  }

  /** Throws the `Refusal` where the gateway does not upgrade. */
  static async open(gateway: TestGateway, token: string, query: Query = {}): Promise<SocketReader> {
    const ticket = query['ticket'] ?? (await ticketFor(gateway, token));
    const reader = new SocketReader(new WebSocket(urlOf(gateway, '/api/v1/realtime', { ...query, ticket })));
    const { webSocket } = reader;
    await new Promise<void>((resolve, reject) => {
      webSocket.once('open', resolve);
      webSocket.once('unexpected-response', (_, response: IncomingMessage) => void refusalOf(response).then(reject));
      webSocket.once('close', () => reject(new Error('the connection broke')));
    });
    return reader;
  }

  /** Stops reading: what the gateway sends stays in its hands sooner or later. */
  pause(): void {
    this.webSocket.pause();
  }

  resume(): void {
    this.webSocket.resume();
  }

  /** Breaks the connection without a word. */
  cut(): void {
    this.webSocket.terminate();
  }
}

/** A reader of Server-Sent Events, taking in as little as a browser does. */
export class SseReader extends StreamReader {
  readonly ended: Promise<unknown>;
  /** Everything as it came. */
  text = '';
  private unread = '';

  private constructor(readonly response: IncomingMessage) {
    super();
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => this.take(chunk));
    response.on('error', () => undefined);
    this.ended = new Promise((resolve) => response.once('close', resolve));
  }

  /** Throws the `Refusal` where the gateway does not stream. */
  static async open(
    gateway: TestGateway,
    token: string,
    query: Query = {},
    headers: Record<string, string> = {},
  ): Promise<SseReader> {
    const url = urlOf(gateway, '/api/v1/events', query);
    const request = get(url, { headers: { authorization: `Bearer ${token}`, ...headers }, agent: false });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    request.on('error', () => undefined);
    if (response.statusCode !== 200) throw await refusalOf(response);
    return new SseReader(response);
  }

  cut(): void {
    this.response.destroy();
  }

  private take(chunk: string): void {
    this.text += chunk;
    const blocks = (this.unread + chunk).split('\n\n');
    this.unread = blocks.pop() ?? '';
    for (const block of blocks) {
      const fields = fieldsOf(block);
      if (fields['data'] === undefined) continue;
      const envelope = JSON.parse(fields['data']) as EventEnvelope;
      if (envelope.id !== fields['id'] || envelope.event !== fields['event'])
        throw new Error(`contradicts itself: ${block}`);
      this.events.push(envelope);
    }
  }
}

export async function ticketFor(gateway: TestGateway, token: string): Promise<string> {
  const { status, body } = await gateway.request('POST', '/api/v1/realtime/ticket', { token });
  if (status !== 201) throw new Error(`no ticket: ${status}`);
  return (body as { ticket: string }).ticket;
}

/** What the gateway answers to who wants a stream. */
export async function refusal(opening: Promise<StreamReader & { cut(): void }>): Promise<Refusal> {
  const opened = await opening.catch((error: unknown) => {
    if (error instanceof Refusal) return error;
    throw error;
  });
  if (opened instanceof Refusal) return opened;
  opened.cut();
  throw new Error('the stream was opened');
}

function fieldsOf(block: string): Partial<Record<string, string>> {
  const pairs = block.split('\n').map((line) => line.split(/: (.*)/s).slice(0, 2) as [string, string]);
  return Object.fromEntries(pairs);
}

function urlOf(gateway: TestGateway, path: string, query: Query): string {
  const url = new URL(path, gateway.url);
  for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, value);
  return url.href;
}

async function refusalOf(response: IncomingMessage): Promise<Refusal> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const { statusCode: status = 0, headers } = response;
  return new Refusal(status, headers, JSON.parse(Buffer.concat(chunks).toString()));
}
