import type { AddressingMode, GroupSettings, ParticipantRole, UserRef } from '#whatsapp';
import type { MyRole } from './group.record.js';

/** What the table holds of a group, but for its times. */
export interface GroupState extends GroupSettings {
  descriptionId?: string;
  ownerJid?: string;
  addressingMode: AddressingMode;
  participantCount: number;
  myRole: MyRole;
  /** Epoch milliseconds. */
  createdAtWa?: number;
}

export interface StoredGroup extends GroupState {
  id: string;
  /** A writer states the version that it read; the write happens only if it still stands. */
  version: number;
  updatedAt: number;
}

export interface StoredMember extends UserRef {
  id: string;
  role: ParticipantRole;
  tag?: string;
  /** Epoch milliseconds. */
  firstSeenAt: number;
}

export function isSameUser(one: UserRef, other: UserRef): boolean {
  const samePhone = one.phoneJid !== undefined && one.phoneJid === other.phoneJid;
  return samePhone || (one.lid !== undefined && one.lid === other.lid);
}

export function isAdmin(role: MyRole): boolean {
  return role === 'admin' || role === 'superadmin';
}

/** The phone JID when it is known, else the LID. */
export function jidOf({ phoneJid, lid }: UserRef): string {
  // The table requires one of the two.
  return phoneJid ?? lid ?? '';
}
