import type { Actor, GroupChange } from './changes.js';
import type { Directory } from './directory.js';
import type { Group } from './group.js';
import type { JoinRequests } from './join-requests.js';
import type { Switches } from './switches.js';

/** What an admin can do with those who asked to join. */
export type RequestAction = 'approve' | 'reject';

export type ParticipantAction = 'create' | 'add' | 'remove' | 'promote' | 'demote' | RequestAction;

/** What the rules need of the world around them. */
export interface WorldContext {
  readonly switches: Switches;
  readonly directory: Directory;
  readonly joinRequests: JoinRequests;
  /** Epoch seconds. */
  now(): number;
  /** Throws 404. */
  group(jid: string): Group;
  allGroups(): Iterable<Group>;
  emit(group: Group, actor: Actor | undefined, change: GroupChange): void;
  /** A code that a participant is to be answered with whatever the rules say. */
  imposedCode(address: string, action: ParticipantAction): number | undefined;
}
