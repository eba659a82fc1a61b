export { Account, type GroupAddPrivacy } from './account.js';
export type { Actor, GroupSetting, WorldChange } from './changes.js';
export type { ParticipantAction, RequestAction } from './context.js';
export { Directory, type AccountInput } from './directory.js';
export {
  Group,
  type AddressingMode,
  type JoinRequest,
  type MemberAddMode,
  type PersonalInvite,
  type Role,
} from './group.js';
export type { JoinResult } from './invites.js';
export type { Outcome } from './outcome.js';
export type { Toggle } from './settings.js';
export { DEFAULT_SWITCHES, type Switches } from './switches.js';
export { WorldError } from './world-error.js';
export { World, type GroupInput, type WorldOptions } from './world.js';
