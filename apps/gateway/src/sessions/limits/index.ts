export { KnownLimits } from './known-limits.js';
export { LimitedClient } from './limited-client.js';
export type { SessionLimits } from './session-limits.js';
