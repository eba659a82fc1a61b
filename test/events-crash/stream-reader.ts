import { setTimeout as delay } from 'node:timers/promises';
import WebSocket from 'ws';
import { idIn } from './envelope.js';

const PAUSE_MS = 50;

/** Where to connect to at the moment, and as whom. */
export interface StreamSource {
  readonly url: string;
  readonly apiKey: string;
}

/** Follows the log over one connection after the other, each from the last event that the one before brought. */
export abstract class StreamReader {
  readonly ids: string[] = [];
  connections = 0;
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();

  constructor(
    protected readonly source: StreamSource,
    /** Id of the event after which it begins. */
    private readonly since: string,
  ) {}

  start(): void {
    this.running = this.run(this.stopping.signal);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  /** Resolves, or rejects, when the connection has ended. */
  protected abstract follow(since: string, signal: AbortSignal): Promise<void>;

  protected opened(): void {
    this.connections += 1;
  }

  protected take(id: string): void {
    this.ids.push(id);
  }

  private async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      // Why a connection ended does not matter: the gateway is killed, and starts, all the time.
      await this.follow(this.ids.at(-1) ?? this.since, signal).catch(() => undefined);
      await delay(PAUSE_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}

export class WebSocketReader extends StreamReader {
  protected async follow(since: string, signal: AbortSignal): Promise<void> {
    const { url, apiKey } = this.source;
    const headers = { authorization: `Bearer ${apiKey}` };
    const answer = await fetch(`${url}/api/v1/realtime/ticket`, { method: 'POST', headers, signal });
    const { ticket } = (await answer.json()) as { ticket: string };
    const query = new URLSearchParams({ ticket, since });
    const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/api/v1/realtime?${query.toString()}`);
    const end = (): void => socket.terminate();
    signal.addEventListener('abort', end, { once: true });
    try {
      await new Promise<void>((resolve, reject) => {
        socket.on('open', () => this.opened());
        socket.on('message', (data: Buffer) => this.take(idIn(data.toString())));
        socket.on('error', reject);
        socket.on('close', () => resolve());
      });
    } finally {
      signal.removeEventListener('abort', end);
    }
  }
}

export class EventSourceReader extends StreamReader {
  protected async follow(since: string, signal: AbortSignal): Promise<void> {
    const { url, apiKey } = this.source;
    const headers = { authorization: `Bearer ${apiKey}`, 'last-event-id': since };
    const answer = await fetch(`${url}/api/v1/events`, { headers, signal });
    if (!answer.ok || !answer.body) throw new Error(`the stream answers ${answer.status}`);
    this.opened();
    let unread = '';
    for await (const text of answer.body.pipeThrough(new TextDecoderStream())) {
      const blocks = (unread + text).split('\n\n');
      unread = blocks.pop() ?? '';
      for (const block of blocks) {
        const data = /^data: ?(.*)$/m.exec(block)?.[1];
        if (data !== undefined) this.take(idIn(data));
      }
    }
  }
}
