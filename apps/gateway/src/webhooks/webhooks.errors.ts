import { type DocumentedError, invalid } from '#http';
import { MOST_WEBHOOKS } from '#store';

export const URL_REFUSALS = {
  unsupported_url: 'must be an http or https URL without a user name or password',
  address_refused: 'leads to an address that webhooks may not reach',
} as const;
export const NOTHING_TO_CHANGE =
  'needs at least one of url, events, sessionId, secret, customHeaders, retryPolicy, active';
export const SECRETS_UNREADABLE = 'its stored secret cannot be read: give a secret, and every header with its value';
export const INACTIVE = 'the webhook is not active, so that nothing is sent to it: activate it first';

/** How the routes of this feature fail, as OpenAPI shows it. */
export const NO_SUCH_WEBHOOK: DocumentedError = { code: 'not_found', message: 'webhook not found' };
export const NO_SUCH_DELIVERY: DocumentedError = { code: 'not_found', message: 'delivery not found' };
export const TOO_MANY_WEBHOOKS: DocumentedError = {
  code: 'conflict',
  message: `an organization has at most ${MOST_WEBHOOKS} webhooks`,
  details: { reason: 'webhook_limit' },
};
export const UNREADABLE: DocumentedError = {
  code: 'conflict',
  message: SECRETS_UNREADABLE,
  details: { reason: 'webhook_secrets_unreadable' },
};
export const WEBHOOK_INACTIVE: DocumentedError = {
  code: 'conflict',
  message: INACTIVE,
  details: { reason: 'webhook_inactive' },
};
export const BAD_WEBHOOK: readonly DocumentedError[] = [
  invalid('url', URL_REFUSALS.address_refused),
  invalid('events', 'must not be empty'),
  invalid('sessionId', 'is not a session of yours'),
];
export const BAD_CHANGE: readonly DocumentedError[] = [
  ...BAD_WEBHOOK,
  invalid('body', NOTHING_TO_CHANGE),
  invalid('customHeaders', 'must be given again, with every value: the url leads to another host'),
];
