import { violatesUnique } from '../pg-errors.js';
import { idOf } from '../new-id.js';
import type { SessionEvent } from './event.record.js';

/** What somebody outside told us, and tells again until we say that we have it. */
export interface EventSource {
  /** Of all sessions, only this has it; the same each time that it is told. */
  key: string;
  /** Epoch milliseconds: when it happened, the same each time, too. */
  at: number;
}

/**
 * The events with ids that follow from their source: the log takes none of them twice, so that a transaction that appends
 * them, and stores what they tell of, fails when the same source was stored before. `isToldAgain` knows it by its error.
 */
export function toldOnce(events: readonly SessionEvent[], { key, at }: EventSource): SessionEvent[] {
  return events.map((event, number) => ({ ...event, id: `evt_${idOf(`${key}/${number}`, at)}` }));
}

export function isToldAgain(error: unknown): boolean {
  return violatesUnique(error, 'events_id_key');
}
