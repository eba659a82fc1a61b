import type { EventName } from '../events/event-payloads.js';

/** In `events`: all of them, those included that are yet to be thought of. */
export const ALL_EVENTS = '*';

export const RETRY_POLICIES = ['exponential', 'constant'] as const;
export type RetryPolicyName = (typeof RETRY_POLICIES)[number];

export interface RetryPolicy {
  policy: RetryPolicyName;
  /** Before the second attempt; `constant`: before each. */
  delaySeconds: number;
  /** In all, the first included. */
  attempts: number;
}

/** What somebody wishes of a webhook, apart from its secrets. */
export interface WebhookSettings {
  url: string;
  /** Names, or `ALL_EVENTS` alone. */
  events: readonly (EventName | typeof ALL_EVENTS)[];
  /** The only session whose events it gets; absent: all that `sessionIds` admits. */
  sessionId?: string;
  /** What the credential that made it is limited to; absent: every session of the organization, and what concerns none. */
  sessionIds?: readonly string[];
  retryPolicy: RetryPolicy;
  /** `false`: nothing is sent. */
  active: boolean;
}

/** Times are epoch milliseconds. */
export interface WebhookRecord extends WebhookSettings {
  /** `wh_<ulid>`. */
  id: string;
  organizationId: string;
  /** Of the headers of its own, whose values are among the secrets. */
  headerNames: readonly string[];
  /** Why the gateway paused it; absent while it is active, and when somebody switched it off. */
  pausedReason?: string;
  createdBy?: string;
  createdAt: number;
  /** Rises with every change, so that it tells one state from another. */
  updatedAt: number;
}

/** Never in an answer, an event, an error or the log. */
export interface WebhookSecrets {
  /** Signs what is sent. */
  secret: string;
  /** Headers of its own, by name as it was given. */
  headers: Readonly<Record<string, string>>;
}

export interface NewWebhook extends WebhookSettings {
  organizationId: string;
  createdBy?: string;
}

/** What a webhook becomes. */
export interface WebhookRevision extends WebhookSettings {
  /** Absent while `active`, and when somebody switches it off. */
  pausedReason?: string;
  /** Absent: those that it has. */
  secrets?: WebhookSecrets;
  /** What waits to be tried again is due at once although the webhook is active already. */
  isHasty?: boolean;
}

/** All that it takes to send to a webhook, as it was at one moment. */
export interface WebhookConfiguration {
  webhook: WebhookRecord;
  secrets: WebhookSecrets;
}
