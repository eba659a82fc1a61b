/** What other features may use of sessions. */
export { backoffDelay } from './backoff.js';
export { commonRefusal } from './common-refusal.js';
export { SessionObservers, type LiveSession, type SessionObserver } from './session-observer.js';
export { SessionRegistry } from './session-registry.js';
export { SessionDto, toSessionDto } from './sessions.dto.js';
export { SessionsModule } from './sessions.module.js';
export { SessionsService } from './sessions.service.js';
