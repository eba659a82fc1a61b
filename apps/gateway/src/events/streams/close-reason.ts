/** Why the gateway ends a stream. Every other end is the client's, or the network's. */
export type CloseReason = 'going_away' | 'internal' | 'credential_ended' | 'slow_reader' | 'events_expired';

/** As a WebSocket is told. */
export const CLOSE_CODES: Readonly<Record<CloseReason, number>> = {
  going_away: 1001,
  internal: 1011,
  credential_ended: 4401,
  slow_reader: 4408,
  events_expired: 4409,
};

const GRACE_MS = 5_000;
/** Whoever has no credential any longer is cut off within a second of its end, however slowly it reads. */
const CREDENTIAL_ENDED_GRACE_MS = 400;

/** How long a client may take to read what is left and to close its side, in milliseconds. */
export function closeGraceMs(reason: CloseReason): number {
  return reason === 'credential_ended' ? CREDENTIAL_ENDED_GRACE_MS : GRACE_MS;
}
