export { Caller } from './caller.js';
export { CAPABILITIES, capabilitiesOf, isCapability, SUPER_ADMIN, type Capability } from './capability.js';
export { type Principal } from './principal.js';
export {
  API_KEY_SCHEME,
  BEARER_SCHEME,
  Public,
  REQUIREMENT,
  Requires,
  RequiresRole,
  type Requirement,
} from './requirements.js';
