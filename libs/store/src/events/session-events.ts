import { EVENTS_CHANNEL } from '../wakeups/channels.js';
import { newEventId } from './event-log.js';
import type { SessionEvent } from './event.record.js';

/** SQL: wakes whoever reads the log when `inserted`, a part of the statement that inserts events, inserted any. */
export function wakeReaders(inserted: string): string {
  return `(select pg_notify('${EVENTS_CHANNEL}', '') from ${inserted} limit 1)`;
}

/** Ids, names and payloads, for a statement that knows session and organization itself. */
export function eventColumns(events: readonly SessionEvent[]): [ids: string[], names: string[], payloads: string[]] {
  return [
    events.map(({ id }) => id ?? newEventId()),
    events.map(({ event }) => event),
    events.map(({ payload }) => JSON.stringify(payload)),
  ];
}
