import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { CredentialsUnreadableError, Wakeups, WebhookRepository, type RetryPolicy, type SealedWebhook } from '#store';
import type { WebhookTarget } from '../sending/index.js';

const MOST_KEPT = 1_000;

/** Where an active webhook leads. */
export interface WebhookDestination {
  /** An error: nobody can read its secrets, so that nothing can be sent. */
  target: WebhookTarget | CredentialsUnreadableError;
  retryPolicy: RetryPolicy;
  /** `updatedAt` of the webhook. */
  asOf: number;
}

type Answer = Promise<WebhookDestination | undefined>;

/**
 * Webhooks as they are now: what was read is kept for as long as the database tells of every change, and read anew each
 * time while it does not.
 */
@Injectable()
export class WebhookDestinations {
  private readonly kept = new LRUCache<string, Answer>({ max: MOST_KEPT });

  constructor(
    private readonly webhooks: WebhookRepository,
    private readonly wakeups: Wakeups,
  ) {}

  /**
   * As it is now; `undefined`: it is gone, or not active. `asOf`: its `updatedAt` as the caller has read it. What is kept of
   * another state is read anew, although nobody has told of a change yet.
   */
  async of(webhookId: string, asOf: number): Answer {
    const kept = this.wakeups.isListening ? await this.kept.get(webhookId) : undefined;
    if (kept?.asOf === asOf) return kept;
    const read = this.read(webhookId);
    this.kept.set(webhookId, read);
    read.catch(() => this.kept.get(webhookId) === read && this.kept.delete(webhookId));
    return read;
  }

  /** It has changed; all of them, when that is not known. */
  forget(webhookId?: string): void {
    if (webhookId === undefined) this.kept.clear();
    else this.kept.delete(webhookId);
  }

  private async read(webhookId: string): Answer {
    const found = await this.webhooks.sealed(webhookId);
    if (!found?.webhook.active) return undefined;
    const { retryPolicy, updatedAt: asOf } = found.webhook;
    return { target: targetOf(found), retryPolicy, asOf };
  }
}

function targetOf({ webhook: { url }, secrets }: SealedWebhook): WebhookDestination['target'] {
  try {
    return { url, ...secrets() };
  } catch (error) {
    if (error instanceof CredentialsUnreadableError) return error;
    throw error;
  }
}
