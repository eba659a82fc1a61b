import type { EventFilter, EventRecord } from '#store';

/** Whether a reader gets the event: what `EventLog.read` decides in the database. The organization is the same already. */
export function passes({ scope, sessionId, events }: EventFilter, record: EventRecord): boolean {
  if (events && !events.includes(record.event)) return false;
  if (sessionId !== undefined && record.sessionId !== sessionId) return false;
  // What concerns no session is for those whom no session limits.
  return !scope.sessionIds || (record.sessionId !== undefined && scope.sessionIds.includes(record.sessionId));
}
