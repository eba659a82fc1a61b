import type { Answers, RouteName } from './answers.js';
import { ROUTES } from './answers.js';
import type { GatewayProcess } from './gateway-process.js';

export interface Request {
  /** By the names of the path's parameters. */
  parameters?: Record<string, string>;
  body?: unknown;
  idempotencyKey?: string;
}

export interface Answer {
  /** `lost`: the connection broke before there was an answer. Else as `Answers.take` says it. */
  said: string;
  body: unknown;
  /** 0 where the answer does not ask for it. */
  retryAfterMs: number;
}

/** How long an answer may take, and some: what is stored is there, and WhatsApp has its 60 s. */
const PATIENCE_MS: Record<'get' | 'post' | 'delete', number> = { get: 20_000, post: 75_000, delete: 75_000 };

/** Asks the gateway, wherever it is, and keeps account of what it answers. */
export class Api {
  /** Connections that broke, or brought no answer, although the gateway was up. */
  readonly broken: string[] = [];

  constructor(
    private readonly gateway: GatewayProcess,
    private readonly apiKey: string,
    private readonly answers: Answers,
  ) {}

  async ask(route: RouteName, { parameters = {}, body, idempotencyKey }: Request = {}): Promise<Answer> {
    const { method, path } = ROUTES[route];
    const asked = performance.now();
    try {
      const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => parameters[name] ?? '');
      const response = await fetch(this.gateway.url + filled, {
        method: method.toUpperCase(),
        signal: AbortSignal.timeout(PATIENCE_MS[method]),
        headers: {
          authorization: `Bearer ${this.apiKey}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      const answered: unknown = text === '' ? undefined : JSON.parse(text);
      const retryAfterMs = Number(response.headers.get('retry-after') ?? 0) * 1_000;
      return { said: this.answers.take(route, response, answered), body: answered, retryAfterMs };
    } catch (error) {
      this.answers.count('connection lost');
      if (!this.gateway.wasDown(asked, performance.now())) {
        this.broken.push(`${method} ${path}: ${String(error instanceof Error ? (error.cause ?? error) : error)}`);
      }
      return { said: 'lost', body: undefined, retryAfterMs: 0 };
    }
  }
}
