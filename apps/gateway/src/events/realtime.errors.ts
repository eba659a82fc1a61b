import { type DocumentedError, invalid } from '#http';
import { EVENT_ID_EXPECTED, EVENT_NAME_EXPECTED } from './realtime.dto.js';

export const NOT_AN_UPGRADE = 'must ask for a websocket; Server-Sent Events are at /api/v1/events';
export const BAD_HANDSHAKE = 'does not belong to a WebSocket handshake of version 13';

/** How streams are refused, as OpenAPI shows it. */
export const REFUSED_STREAM: readonly DocumentedError[] = [
  invalid('since', EVENT_ID_EXPECTED),
  invalid('events[0]', EVENT_NAME_EXPECTED),
  { code: 'not_found', message: 'session not found' },
  {
    code: 'conflict',
    message: 'the event is no longer in the log: read what you need anew, then follow without it',
    details: { reason: 'events_expired' },
  },
  {
    code: 'rate_limited',
    message: 'the organization has 250 streams already',
    details: { reason: 'too_many_streams' },
  },
  { code: 'gateway_unavailable', message: 'the gateway is shutting down', details: { reason: 'shutting_down' } },
];
export const BAD_LAST_EVENT_ID = invalid('Last-Event-ID', EVENT_ID_EXPECTED);
export const BAD_TICKET: DocumentedError = {
  code: 'unauthorized',
  message: 'a ticket that is neither used nor expired is required',
};
