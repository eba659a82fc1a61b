import type { ParticipantRole } from '#whatsapp';
import { GROUP_VERSION } from './group-version.js';
import type { MemberRecord } from './group.record.js';

/** `MEMBER_COLUMNS` by position: lists of members are the hottest read, and tuples cost a seventh less than objects. */
export type MemberTuple = [
  /** Of the group: its id and its version. */
  version: string,
  id: string,
  phoneJid: string | null,
  lid: string | null,
  role: ParticipantRole,
  tag: string | null,
  firstSeenAt: number,
  lastSeenAt: number,
];

/** Of the tables under the aliases `g` and `m`. */
export const MEMBER_COLUMNS = `${GROUP_VERSION}, m.id, m.phone_jid, m.lid, m.role, m.tag, m.first_seen_at, m.last_seen_at`;

export function toMemberRecord(row: MemberTuple, sessionId: string, groupJid: string): MemberRecord {
  const [, id, phoneJid, lid, role, tag, firstSeenAt, lastSeenAt] = row;
  return {
    id,
    sessionId,
    groupJid,
    // The table requires one of the two.
    jid: phoneJid ?? lid ?? '',
    lid: lid ?? undefined,
    phoneNumber: phoneJid === null ? undefined : phoneJid.slice(0, phoneJid.indexOf('@')),
    role: role === 'member' ? 'member' : 'admin',
    isSuperAdmin: role === 'superadmin',
    tag: tag ?? undefined,
    firstSeenAt,
    lastSeenAt,
  };
}
