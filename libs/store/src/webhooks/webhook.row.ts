import type { RetryPolicyName, WebhookRecord, WebhookSettings } from './webhook.record.js';

export interface WebhookRow {
  id: string;
  organization_id: string;
  url: string;
  events: WebhookSettings['events'];
  session_id: string | null;
  session_ids: string[] | null;
  header_names: string[];
  retry_policy: RetryPolicyName;
  retry_delay_seconds: number;
  retry_attempts: number;
  active: boolean;
  paused_reason: string | null;
  created_by: string | null;
  created_at: number;
  updated_at: number;
}

export interface SealedWebhookRow extends WebhookRow {
  key_id: string;
  sealed: Buffer;
}

export const WEBHOOK_COLUMNS = `id, organization_id, url, events, session_id, session_ids, header_names, retry_policy,
  retry_delay_seconds, retry_attempts, active, paused_reason, created_by, created_at, updated_at`;

export function toWebhookRecord(row: WebhookRow): WebhookRecord {
  return {
    id: row.id,
    organizationId: row.organization_id,
    url: row.url,
    events: row.events,
    sessionId: row.session_id ?? undefined,
    sessionIds: row.session_ids ?? undefined,
    headerNames: row.header_names,
    retryPolicy: {
      policy: row.retry_policy,
      delaySeconds: row.retry_delay_seconds,
      attempts: row.retry_attempts,
    },
    active: row.active,
    pausedReason: row.paused_reason ?? undefined,
    createdBy: row.created_by ?? undefined,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
