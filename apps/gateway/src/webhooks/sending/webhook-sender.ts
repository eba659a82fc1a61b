import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { setMaxListeners } from 'node:events';
import { type Attempt, AttemptFailure, type OutgoingEvent, type WebhookTarget } from './attempt.js';
import { Connections } from './connections.js';
import { StaleConnection } from './connection-progress.js';
import { type Answer, exchange, type Limits, type Post } from './exchange.js';
import { excerptOf } from './response-excerpt.js';
import { SecretMask } from './secret-mask.js';
import { parseTarget } from './target-url.js';
import { headersOf } from './webhook-headers.js';

export const LIMITS: Limits = { connectMs: 5_000, attemptMs: 10_000, headerBytes: 16 * 1_024, bodyBytes: 64 * 1_024 };

/** Posts events to webhooks, signed. */
@Injectable()
export class WebhookSender implements OnApplicationShutdown {
  private readonly underway = new Set<AbortController>();
  private readonly masks = new WeakMap<WebhookTarget, SecretMask>();
  private isClosed = false;

  constructor(
    private readonly connections: Connections,
    private readonly limits: Limits = LIMITS,
  ) {}

  /**
   * One attempt to deliver; never throws. May post twice, where a connection that was kept open proves to be closed:
   * an endpoint tells duplicates by the event's id. An attempt that `signal` ends is `aborted`.
   */
  async send(target: WebhookTarget, event: OutgoingEvent, signal?: AbortSignal): Promise<Attempt> {
    const startedAt = performance.now();
    const outcome = await this.attempt(target, event, signal).catch(failureOf);
    return { ...outcome, latencyMs: Math.round(performance.now() - startedAt) };
  }

  /** Ends what is underway; what is sent from now on is `aborted`. */
  onApplicationShutdown(): void {
    this.isClosed = true;
    for (const attempt of this.underway) attempt.abort(new AttemptFailure('aborted'));
    this.connections.close();
  }

  private async attempt(target: WebhookTarget, event: OutgoingEvent, signal?: AbortSignal): Promise<Outcome> {
    const url = parseTarget(target.url);
    if (!url) throw new AttemptFailure('unsupported_url');
    const body = Buffer.from(event.body);
    const headers = headersOf(target, event, body);
    const answer = await this.limited(signal, (limit) => this.post({ url, headers, body }, limit));
    return outcomeOf(answer, [this.maskOf(target), new SecretMask([headers['X-Webhook-Hmac']])]);
  }

  /** Kept for as long as the target is: the dispatcher comes with the same one until the webhook changes. */
  private maskOf(target: WebhookTarget): SecretMask {
    const mask = this.masks.get(target) ?? new SecretMask([target.secret, ...Object.values(target.headers)]);
    this.masks.set(target, mask);
    return mask;
  }

  private async post(post: Post, signal: AbortSignal): Promise<Answer> {
    const via = (fresh: boolean): Promise<Answer> =>
      exchange(post, this.connections.agentFor(post.url, { fresh }), this.limits, signal);
    return via(false).catch((error: unknown) => {
      if (error instanceof StaleConnection) return via(true);
      throw error;
    });
  }

  /** `send` is told when the whole limit is over, when the caller loses interest and when the gateway shuts down. */
  private async limited(
    signal: AbortSignal | undefined,
    send: (limit: AbortSignal) => Promise<Answer>,
  ): Promise<Answer> {
    const controller = new AbortController();
    const abort = (): void => controller.abort(new AttemptFailure('aborted'));
    const timer = setTimeout(() => controller.abort(new AttemptFailure('timeout')), this.limits.attemptMs);
    if (this.isClosed || signal?.aborted) abort();
    if (signal) setMaxListeners(0, signal);
    signal?.addEventListener('abort', abort, { once: true });
    this.underway.add(controller);
    try {
      return await send(controller.signal);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      this.underway.delete(controller);
    }
  }
}

type Outcome = Omit<Attempt, 'latencyMs'>;

function outcomeOf({ status, body, isWhole }: Answer, masks: readonly SecretMask[]): Outcome {
  const responseExcerpt = excerptOf(body, isWhole, masks);
  const isOk = status >= 200 && status < 300;
  const error = isOk ? undefined : status < 400 ? 'redirect_refused' : 'http_status';
  return { ok: isOk, status, ...(error && { error }), ...(responseExcerpt && { responseExcerpt }) };
}

function failureOf(error: unknown): Outcome {
  return { ok: false, error: error instanceof AttemptFailure ? error.reason : 'connection_failed' };
}
