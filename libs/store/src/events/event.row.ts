import type { EventName, EventPayload } from './event-payloads.js';
import type { EventRecord } from './event.record.js';

/** Of `events`, called `e`. */
export const EVENT_COLUMNS =
  'e.transaction_id, e.position, e.id, e.organization_id, e.session_id, e.event, e.payload, e.created_at';

export interface EventRow {
  transaction_id: number;
  position: number;
  id: string;
  organization_id: string;
  session_id: string | null;
  event: EventName;
  payload: EventPayload;
  created_at: number;
}

export function toEvent(row: EventRow): EventRecord {
  return {
    id: row.id,
    organizationId: row.organization_id,
    sessionId: row.session_id ?? undefined,
    event: row.event,
    payload: row.payload,
    createdAt: row.created_at,
    position: { transaction: row.transaction_id, position: row.position },
  };
}
