import { createHmac } from 'node:crypto';
import { validateHeaderName, validateHeaderValue } from 'node:http';
import { gatewayVersion } from '#config';
import { AttemptFailure, type OutgoingEvent, type WebhookTarget } from './attempt.js';

const USER_AGENT = `whats-gateway/${gatewayVersion()}`;

/** What says who we are, what the body is, or how the connection works (hop-by-hop): no customer sets these. */
const RESERVED =
  /^(content-.*|x-webhook-.*|user-agent|host|connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|expect)$/i;

/** Whether a custom header of this name would stand in the place of one of ours; it is never sent. */
export function isReservedHeader(name: string): boolean {
  return RESERVED.test(name);
}

/** Whether HTTP can carry it at all. */
export function isValidHeader(name: string, value: string): boolean {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    return true;
  } catch {
    return false;
  }
}

/** Lowercase hex HMAC-SHA512 over the very bytes of the body. */
export function signature(body: Uint8Array, secret: string): string {
  return createHmac('sha512', secret).update(body).digest('hex');
}

export interface AttemptHeaders extends Record<string, string> {
  'X-Webhook-Hmac': string;
}

/** All headers of one attempt. Throws `AttemptFailure` for a custom header that cannot be sent. */
export function headersOf({ secret, headers }: WebhookTarget, { id }: OutgoingEvent, body: Buffer): AttemptHeaders {
  const custom = Object.entries(headers).filter(([name]) => !isReservedHeader(name));
  if (!custom.every(([name, value]) => isValidHeader(name, value))) throw new AttemptFailure('invalid_header');
  return {
    ...Object.fromEntries(custom),
    'Content-Type': 'application/json',
    'Content-Length': String(body.length),
    'User-Agent': USER_AGENT,
    'X-Webhook-Request-Id': id,
    'X-Webhook-Timestamp': String(Date.now()),
    'X-Webhook-Hmac': signature(body, secret),
    'X-Webhook-Hmac-Algorithm': 'sha512',
  };
}
