/** Channels of LISTEN and NOTIFY. A message may be lost while a listener is away: what it tells of is in the tables. */

/** Events were appended. Carries nothing. */
export const EVENTS_CHANNEL = 'gateway_events';
/** An api-key was revoked; carries its id. */
export const API_KEYS_CHANNEL = 'gateway_api_keys';
/** A webhook, or a delivery, changed by somebody's wish. Carries the webhook's id. */
export const WEBHOOKS_CHANNEL = 'gateway_webhooks';

/** Deliveries wait in a lane that somebody has claimed. Carries `<webhook>/<lane>`, for whoever that is. */
export const LANES_CHANNEL = 'gateway_lanes';

export type Channel = typeof EVENTS_CHANNEL | typeof API_KEYS_CHANNEL | typeof WEBHOOKS_CHANNEL | typeof LANES_CHANNEL;
