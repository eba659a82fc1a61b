import type { EventName, EventPayload, EventRecord } from '#store';

/** An event as every reader gets it, whichever way. */
export interface EventEnvelope {
  schema: 'v1';
  /** `evt_<ulid>`: the same however often the event is delivered. */
  id: string;
  event: EventName;
  /** `null` for what concerns no session. */
  session: string | null;
  organization: string;
  /** When it was stored; epoch milliseconds. */
  timestamp: number;
  payload: EventPayload;
}

export function envelopeOf({ id, event, sessionId, organizationId, createdAt, payload }: EventRecord): EventEnvelope {
  return {
    schema: 'v1',
    id,
    event,
    session: sessionId ?? null,
    organization: organizationId,
    timestamp: createdAt,
    payload,
  };
}
