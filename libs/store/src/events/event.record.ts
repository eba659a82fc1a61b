import type { EventName, EventPayload } from './event-payloads.js';

/** What has happened, before it is in the log. */
export type NewEvent = {
  [N in EventName]: {
    organizationId: string;
    /** Absent for what concerns no session. */
    sessionId?: string;
    event: N;
    payload: EventPayload<N>;
  };
}[EventName];

/**
 * An event of one session whose organization is known to the statement that appends it. `id`: given where the same thing
 * may be told again, see `toldOnce`; absent: a new one.
 */
export type SessionEvent = {
  [N in EventName]: { event: N; payload: EventPayload<N>; id?: string };
}[EventName];

export interface EventRecord {
  /** `evt_<ulid>`. */
  id: string;
  organizationId: string;
  sessionId?: string;
  event: EventName;
  payload: EventPayload;
  /** Epoch milliseconds. */
  createdAt: number;
  position: LogPosition;
}

/**
 * A place in the log: after all events whose (transaction, position) is not higher. A transaction that is still running
 * has a number that no reader has come to yet, whenever it commits.
 */
export interface LogPosition {
  transaction: number;
  position: number;
}

/** Before everything, events of a restored log among it, whose numbers may be negative. */
export const LOG_START: LogPosition = { transaction: Number.MIN_SAFE_INTEGER, position: 0 };

export function isBehind(a: LogPosition, b: LogPosition): boolean {
  return a.transaction < b.transaction || (a.transaction === b.transaction && a.position < b.position);
}
