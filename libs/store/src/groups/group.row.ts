import type { AddressingMode, MemberAddMode } from '#whatsapp';
import type { GroupRecord, MyRole } from './group.record.js';

export interface GroupRow {
  id: string;
  group_jid: string;
  subject: string;
  description: string;
  description_id: string | null;
  owner_jid: string | null;
  is_announce: boolean;
  is_locked: boolean;
  join_approval: boolean;
  member_add_mode: MemberAddMode;
  ephemeral_seconds: number;
  addressing_mode: AddressingMode;
  participant_count: number;
  my_role: MyRole;
  created_at_wa: number | null;
  first_seen_at: number;
  updated_at: number;
  version: number;
}

const NAMES = [
  'id',
  'group_jid',
  'subject',
  'description',
  'description_id',
  'owner_jid',
  'is_announce',
  'is_locked',
  'join_approval',
  'member_add_mode',
  'ephemeral_seconds',
  'addressing_mode',
  'participant_count',
  'my_role',
  'created_at_wa',
  'first_seen_at',
  'updated_at',
  'version',
] as const satisfies readonly (keyof GroupRow)[];

/** Of the table under the alias `g`. */
export const GROUP_COLUMNS = NAMES.map((name) => `g.${name}`).join(', ');

export function toGroupRecord(row: GroupRow): GroupRecord {
  return {
    id: row.id,
    groupJid: row.group_jid,
    subject: row.subject || undefined,
    description: row.description || undefined,
    descriptionId: row.description_id ?? undefined,
    ownerJid: row.owner_jid ?? undefined,
    isAnnounce: row.is_announce,
    isLocked: row.is_locked,
    joinApproval: row.join_approval,
    memberAddMode: row.member_add_mode,
    ephemeralSeconds: row.ephemeral_seconds,
    addressingMode: row.addressing_mode,
    participantCount: row.participant_count,
    myRole: row.my_role,
    createdAtWa: row.created_at_wa ?? undefined,
    firstSeenAt: row.first_seen_at,
    updatedAt: row.updated_at,
    version: row.version,
  };
}
