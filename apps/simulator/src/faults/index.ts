export {
  Faults,
  type FindConnections,
  type LoginFault,
  type RefusalTerms,
  type StanzaFault,
  type Tampering,
  type UpgradeFault,
} from './faults.js';
export type { Fault, FaultOptions } from './plan.js';
