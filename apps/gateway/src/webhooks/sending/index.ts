export { AddressRules } from './address-rules.js';
export { ATTEMPT_ERRORS, type Attempt, type AttemptError, type OutgoingEvent, type WebhookTarget } from './attempt.js';
export { SendingModule } from './sending.module.js';
export { refusalOf } from './target-url.js';
export { isReservedHeader, isValidHeader } from './webhook-headers.js';
export { WebhookSender } from './webhook-sender.js';
