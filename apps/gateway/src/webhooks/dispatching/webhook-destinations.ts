import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Wakeups, WebhookRepository, type RetryPolicy } from '#store';
import type { WebhookTarget } from '../sending/index.js';

const MOST_KEPT = 1_000;

/** Where an active webhook leads. */
export interface WebhookDestination {
  target: WebhookTarget;
  retryPolicy: RetryPolicy;
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

  /** `undefined`: it is gone, or not active. Throws `CredentialsUnreadableError`. */
  of(webhookId: string): Answer {
    const kept = this.wakeups.isListening ? this.kept.get(webhookId) : undefined;
    if (kept) return kept;
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
    const configuration = await this.webhooks.configurationOf(webhookId);
    if (!configuration?.webhook.active) return undefined;
    const { webhook, secrets } = configuration;
    return { target: { url: webhook.url, ...secrets }, retryPolicy: webhook.retryPolicy };
  }
}
