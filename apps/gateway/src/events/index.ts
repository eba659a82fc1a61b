/** What other features may use of events. */
export { envelopeOf, type EventEnvelope } from './envelope.js';
