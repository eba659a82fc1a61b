export { Caller } from './caller.js';
export { CAPABILITIES, capabilitiesOf, isCapability, SUPER_ADMIN, type Capability } from './capability.js';
export { type Principal } from './principal.js';
export {
  RATE_LIMIT_EXTENSION,
  RATE_LIMIT_SCHEME,
  RateLimitScheme,
  type RateLimitSchemeName,
} from './rate-limit-scheme.js';
export {
  API_KEY_SCHEME,
  BEARER_SCHEME,
  Public,
  REQUIREMENT,
  Requires,
  RequiresRole,
  RequiresTicket,
  TICKET_SCHEME,
  type Requirement,
} from './requirements.js';
export { ApiKeyRevocations } from './api-key-revocations.js';
export { newApiKey, type NewKey } from './api-key.js';
export { TOKEN_SCHEME, TokenHeader } from './token-header.js';
export { AuthModule } from './auth.module.js';
export { KnownApiKeys } from './known-api-keys.js';
export { StreamTickets, type StreamTicket } from './stream-tickets.js';
export { containsNetwork, isCidr } from './networks.js';
