import type { Account } from './account.js';
import type { Group, JoinRequest } from './group.js';

/** Who acts. `via` names the device it was done from, if any (the phone itself has none). */
export interface Actor {
  account: Account;
  via?: string;
}

export type GroupSetting =
  'subject' | 'description' | 'announcement' | 'locked' | 'approval' | 'memberAddMode' | 'ephemeral';

/** What happened to a group. The group already is as it is after the change. */
export type GroupChange =
  | { type: 'created' }
  | { type: 'added'; accounts: Account[]; reason?: 'invite' }
  | { type: 'removed' | 'left' | 'promoted' | 'demoted'; accounts: Account[] }
  | { type: 'setting'; setting: GroupSetting }
  | { type: 'invite_reset' }
  /** Set, or removed. */
  | { type: 'picture' }
  | { type: 'join_requested'; request: JoinRequest }
  | { type: 'join_request_revoked'; accounts: Account[] }
  | { type: 'renumbered'; account: Account; previousPhone: string }
  | { type: 'deleted'; members: Account[] };

export type WorldChange = GroupChange & {
  group: Group;
  /** Absent when WhatsApp itself acts. */
  actor?: Actor;
  /** Epoch seconds. */
  at: number;
};
