export type { Fault, FaultOptions, Faults, Tampering } from './faults/index.js';
export { populate, type DemoWorld } from './populate.js';
export { Simulator, type SimulatorOptions } from './simulator.js';
export type { SimulatedPhone } from './simulated-phone.js';
export type { ReceivedInvite } from './messages/index.js';
export type { LoggedStanza, StanzaLog } from './server/stanza-log.js';
export type { StanzaFilter } from './server/stanza-filter.js';
export type { StreamError } from './server/stream.js';
export { children, child, node, textOf, type StanzaNode } from './wire/index.js';
export {
  World,
  WorldError,
  type Account,
  type AccountInput,
  type Group,
  type GroupInput,
  type Outcome,
  type Switches,
} from './world/index.js';
