import { NotFoundError } from '#errors';
import type { ParticipantRole, UserRef } from '#whatsapp';
import type { Database, Statement } from '../database.js';
import type { GroupWrite } from './group-draft.js';
import { GROUP_COLUMNS, type GroupRow as StoredGroupRow } from './group.row.js';
import type { StoredGroup, StoredMember } from './stored-group.js';
import { WRITE, valuesOf } from './write-groups.js';
import { WRITE_ROSTER, rosterValuesOf } from './write-roster.js';

export const JOINED_MEMBER_COLUMNS = 'm.id as member_id, m.phone_jid, m.lid, m.role, m.tag, m.first_seen_at';

const GROUPS: Statement = {
  name: 'writer.groups',
  text: `select s.wa_jid, s.wa_lid, ${GROUP_COLUMNS} from sessions s
         left join groups g on g.session_id = s.id and ($2::text[] is null or g.group_jid = any ($2))
         where s.id = $1`,
};
/** Two look-ups rather than one condition with `or`, for which PostgreSQL reads all members of the group. */
const GROUP_WITH: Statement = {
  name: 'writer.group-with',
  text: `select s.wa_jid, s.wa_lid, ${GROUP_COLUMNS}, ${JOINED_MEMBER_COLUMNS} from sessions s
         left join groups g on g.session_id = s.id and g.group_jid = $2
         left join lateral (
           select * from group_members where group_id = g.id and phone_jid = any ($3)
           union
           select * from group_members where group_id = g.id and lid = any ($4)
         ) m on true
         where s.id = $1 order by m.id`,
};
const MEMBERS: Statement = {
  name: 'writer.members',
  text: `select m.group_id, ${JOINED_MEMBER_COLUMNS} from group_members m where m.group_id = any ($1) order by m.group_id, m.id`,
};

interface SessionRow {
  wa_jid: string | null;
  wa_lid: string | null;
}

type GroupRow = SessionRow & StoredGroupRow;

interface MemberRow extends JoinedMemberRow {
  group_id: string;
}

export interface JoinedMemberRow {
  member_id: string;
  phone_jid: string | null;
  lid: string | null;
  role: ParticipantRole;
  tag: string | null;
  first_seen_at: number;
}

type OuterGroupRow = GroupRow | (SessionRow & { id: null });
type OuterMemberRow = OuterGroupRow & (JoinedMemberRow | { member_id: null });

/** One group and those of its members that were asked for. */
export interface GroupAndMembers {
  group: StoredGroup | undefined;
  members: StoredMember[];
  /** The account as the session's row knows it. */
  account: UserRef;
}

/**
 * What `GroupWriter` reads and writes. A read takes no lock: the version that it saw is part of the write, which does
 * nothing where another write came in between. All reads throw `NotFoundError('session')`.
 */
export class GroupTable {
  constructor(private readonly database: Database) {}

  /** By group JID; every group of the session unless `groupJids` names some. */
  async groups(sessionId: string, groupJids?: readonly string[]): Promise<Map<string, StoredGroup>> {
    const rows = await this.database.rows<OuterGroupRow>(GROUPS, [sessionId, groupJids ?? null]);
    if (rows.length === 0) throw new NotFoundError('session');
    return new Map(rows.filter(isGroup).map((row) => [row.group_jid, toGroup(row)]));
  }

  /** By group id, in the order of their ids. */
  async members(groupIds: readonly string[]): Promise<Map<string, StoredMember[]>> {
    const members = new Map<string, StoredMember[]>(groupIds.map((id) => [id, []]));
    if (groupIds.length === 0) return members;
    for (const row of await this.database.rows<MemberRow>(MEMBERS, [groupIds])) {
      members.get(row.group_id)?.push(toMember(row));
    }
    return members;
  }

  /** One round trip. Nobody named: every member of none. */
  async groupWith(sessionId: string, groupJid: string, users: readonly UserRef[]): Promise<GroupAndMembers> {
    const phones = users.flatMap(({ phoneJid }) => phoneJid ?? []);
    const lids = users.flatMap(({ lid }) => lid ?? []);
    const rows = await this.database.rows<OuterMemberRow>(GROUP_WITH, [sessionId, groupJid, phones, lids]);
    const [first] = rows;
    if (!first) throw new NotFoundError('session');
    return {
      group: isGroup(first) ? toGroup(first) : undefined,
      members: rows.flatMap((row) => (row.member_id === null ? [] : toMember(row))),
      account: { phoneJid: first.wa_jid ?? undefined, lid: first.wa_lid ?? undefined },
    };
  }

  /** One transaction. Returns the ids of the groups that were written; the others were changed by someone else. */
  async write(sessionId: string, writes: readonly GroupWrite[], now: number): Promise<Set<string>> {
    const [first, ...others] = writes;
    const rows =
      first?.isRosterOnly && others.length === 0
        ? await this.database.rows<{ id: string }>(WRITE_ROSTER, rosterValuesOf(first, now))
        : await this.database.rows<{ id: string }>(WRITE, valuesOf(sessionId, writes, now));
    return new Set(rows.map(({ id }) => id));
  }
}

function isGroup<R extends OuterGroupRow>(row: R): row is R & GroupRow {
  return row.id !== null;
}

export function toGroup(row: StoredGroupRow): StoredGroup {
  return {
    id: row.id,
    version: row.version,
    updatedAt: row.updated_at,
    subject: row.subject,
    description: row.description,
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
  };
}

export function toMember(row: JoinedMemberRow): StoredMember {
  return {
    id: row.member_id,
    phoneJid: row.phone_jid ?? undefined,
    lid: row.lid ?? undefined,
    role: row.role,
    tag: row.tag ?? undefined,
    firstSeenAt: row.first_seen_at,
  };
}
