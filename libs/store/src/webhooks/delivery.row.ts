import type { EventName } from '../events/event-payloads.js';

export const DELIVERY_STATUSES = ['pending', 'delivered', 'dead'] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

/** That one event is to reach one webhook, and how that goes. Times are epoch milliseconds. */
export interface DeliveryRecord {
  /** `dlv_<ulid>`. */
  id: string;
  webhookId: string;
  eventId: string;
  event: EventName;
  /** Absent for an event that concerns no session. */
  sessionId?: string;
  status: DeliveryStatus;
  /** Of this round: a delivery that is asked for again starts anew. */
  attempts: number;
  /** While `pending`. */
  nextAttemptAt?: number;
  createdAt: number;
  lastAttempt?: DeliveryAttempt;
}

export interface DeliveryAttempt {
  at: number;
  /** Of HTTP, where an answer came. */
  statusCode?: number;
  /** Why it failed. */
  error?: string;
  latencyMs: number;
  /** The beginning of what the endpoint answered. */
  responseExcerpt?: string;
}

export interface DeliveryRow {
  id: string;
  webhook_id: string;
  event_id: string;
  event: EventName;
  session_id: string | null;
  status: DeliveryStatus;
  attempts: number;
  due_at: number;
  created_at: number;
  last_attempt_at: number | null;
  last_status: number | null;
  last_error: string | null;
  last_latency_ms: number | null;
  response_excerpt: string | null;
}

const milliseconds = (column: string): string => `(extract(epoch from d.${column}) * 1000)::bigint as ${column}`;

/** SQL: joins `webhook_deliveries`, called `d`, and their `events`, called `e`. */
export const EVENT_OF_IT = '(e.transaction_id, e.position) = (d.event_transaction_id, d.event_position)';

/** Of both. */
export const DELIVERY_COLUMNS = `d.id, d.webhook_id, e.id as event_id, e.event, e.session_id, d.status, d.attempts, ${milliseconds('due_at')},
  ${milliseconds('created_at')}, ${milliseconds('last_attempt_at')}, d.last_status, d.last_error, d.last_latency_ms,
  d.response_excerpt`;

export function toDeliveryRecord(row: DeliveryRow): DeliveryRecord {
  return {
    id: row.id,
    webhookId: row.webhook_id,
    eventId: row.event_id,
    event: row.event,
    sessionId: row.session_id ?? undefined,
    status: row.status,
    attempts: row.attempts,
    nextAttemptAt: row.status === 'pending' ? row.due_at : undefined,
    createdAt: row.created_at,
    lastAttempt: row.last_attempt_at === null ? undefined : toAttempt(row, row.last_attempt_at),
  };
}

function toAttempt(row: DeliveryRow, at: number): DeliveryAttempt {
  return {
    at,
    statusCode: row.last_status ?? undefined,
    error: row.last_error ?? undefined,
    latencyMs: row.last_latency_ms ?? 0,
    responseExcerpt: row.response_excerpt ?? undefined,
  };
}
