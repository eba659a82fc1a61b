import { NotFoundError } from '#errors';
import type { ParticipantRole, UserRef } from '#whatsapp';
import type { Database, Statement } from '../database.js';
import { THIS_TRANSACTION } from '../events/event-log.js';
import type { SessionEvent } from '../events/event.record.js';
import { eventColumns, wakeReaders } from '../events/session-events.js';
import type { Identity, IdentityChanges } from '../identities/identity-draft.js';
import { addressesOf } from '../identities/identity-table.js';
import type { GroupWrite } from './group-draft.js';
import { GROUP_COLUMNS, type GroupRow as StoredGroupRow } from './group.row.js';
import type { StoredGroup, StoredMember } from './stored-group.js';
import { WRITE, valuesOf } from './write-groups.js';
import { WRITE_ROSTER, rosterValuesOf } from './write-roster.js';

export const JOINED_MEMBER_COLUMNS = 'm.id as member_id, m.phone_jid, m.lid, m.role, m.tag, m.first_seen_at';

const GROUPS: Statement = {
  name: 'writer.groups',
  text: `select s.groups_synced_at, ${GROUP_COLUMNS} from sessions s
         left join groups g on g.session_id = s.id and ($2::text[] is null or g.group_jid = any ($2))
         where s.id = $1`,
};
/**
 * The members named, by the group under the alias `g`, and by parameters of phone JIDs and LIDs: under the addresses given,
 * and under those that `known` adds. Two look-ups rather than one condition with `or`, for which PostgreSQL reads all
 * members of the group.
 */
export function membersNamed(phones: string, lids: string): string {
  return `lateral (
           select * from group_members where group_id = g.id and phone_jid = any (${phones})
           union
           select * from group_members where group_id = g.id and lid = any (${lids})
         ) m`;
}

/** The identities of those named, of the session `$1`. */
export function identitiesNamed(phones: string, lids: string): string {
  return `known as (
           select lid, phone_jid from identities where session_id = $1 and phone_jid = any (${phones})
           union
           select lid, phone_jid from identities where session_id = $1 and lid = any (${lids})
         )`;
}

export const KNOWN_PHONES = 'array(select phone_jid from known order by lid)';
export const KNOWN_LIDS = 'array(select lid from known order by lid)';
/** In the first row only: there is a row for each member, and each identity would come with each of them. */
export const IDENTITY_COLUMNS = `
  case when row_number() over (order by m.id) = 1 then ${KNOWN_LIDS} end as known_lids,
  case when row_number() over (order by m.id) = 1 then ${KNOWN_PHONES} end as known_phones`;

const GROUP_WITH: Statement = {
  name: 'writer.group-with',
  text: `with ${identitiesNamed('$3', '$4')}
         select s.wa_jid, s.wa_lid, ${IDENTITY_COLUMNS}, ${GROUP_COLUMNS}, ${JOINED_MEMBER_COLUMNS} from sessions s
         left join groups g on g.session_id = s.id and g.group_jid = $2
         left join ${membersNamed(`$3::text[] || ${KNOWN_PHONES}`, `$4::text[] || ${KNOWN_LIDS}`)} on true
         where s.id = $1 order by m.id`,
};
const GROUPS_WITH: Statement = {
  name: 'writer.groups-with',
  text: `select ${GROUP_COLUMNS}, ${JOINED_MEMBER_COLUMNS} from groups g
         left join ${membersNamed('$2', '$3')} on true
         where g.id = any ($1) order by g.id, m.id`,
};
const TELL: Statement = {
  name: 'writer.tell',
  text: `
    with told as (
      insert into events (transaction_id, id, organization_id, session_id, event, payload, created_at)
      select ${THIS_TRANSACTION}, e.id, s.organization_id, s.id, e.event, e.payload::json, $2
      from sessions s, unnest($3::text[], $4::text[], $5::text[]) with ordinality as e (id, event, payload, place)
      where s.id = $1
      order by e.place
      returning id
    )
    select count(*) as told, ${wakeReaders('told')} from told`,
};
const MEMBERS: Statement = {
  name: 'writer.members',
  text: `select m.group_id, ${JOINED_MEMBER_COLUMNS} from group_members m where m.group_id = any ($1) order by m.group_id, m.id`,
};

interface SessionRow {
  wa_jid: string | null;
  wa_lid: string | null;
}

type NamedRow = StoredGroupRow & (JoinedMemberRow | { member_id: null });

interface SyncedRow {
  groups_synced_at: number | null;
}

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

type OuterGroupRow = StoredGroupRow | { id: null };
type OuterMemberRow = SessionRow & OuterGroupRow & IdentityColumns & (JoinedMemberRow | { member_id: null });

export interface IdentityColumns {
  known_lids: string[];
  /** In the order of the LIDs. */
  known_phones: string[];
}

/** Stored groups of a session. */
export interface SessionGroups {
  /** By group JID. */
  groups: Map<string, StoredGroup>;
  /** Whether a list of all groups was ever stored. */
  isSynced: boolean;
}

/** One group and those of its members that were asked for. */
export interface GroupAndMembers {
  group: StoredGroup | undefined;
  members: StoredMember[];
  /** What is known of those who were asked for, members or not. */
  identities: Identity[];
  /** The account as the session's row knows it. */
  account: UserRef;
}

/** A stored group and some of its members. */
export interface NamedGroup {
  groupJid: string;
  group: StoredGroup;
  members: StoredMember[];
}

export interface Written {
  /** Ids of the groups that were written; the others were changed by someone else. */
  groups: Set<string>;
  /** How many identities were stored. */
  learnt: number;
  /** Ids of the groups that, before this, showed somebody who was learnt by one address alone. */
  behind: string[];
}

interface WrittenRow {
  id: string;
  learnt?: number;
  behind?: string[];
}

const NOTHING_LEARNT: IdentityChanges = { removed: [], added: [] };

/**
 * What `GroupWriter` reads and writes. A read takes no lock: the version that it saw is part of the write, which does
 * nothing where another write came in between. All reads throw `NotFoundError('session')`.
 */
export class GroupTable {
  constructor(private readonly database: Database) {}

  /** Every group of the session unless `groupJids` names some. */
  async groups(sessionId: string, groupJids?: readonly string[]): Promise<SessionGroups> {
    const rows = await this.database.rows<SyncedRow & OuterGroupRow>(GROUPS, [sessionId, groupJids ?? null]);
    const [first] = rows;
    if (!first) throw new NotFoundError('session');
    return {
      groups: new Map(rows.filter(isGroup).map((row) => [row.group_jid, toGroup(row)])),
      isSynced: first.groups_synced_at !== null,
    };
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

  /** The group and those of `users` who are members, under whichever address. One round trip. */
  async groupWith(sessionId: string, groupJid: string, users: readonly UserRef[]): Promise<GroupAndMembers> {
    const { phones, lids } = addressesOf(users);
    const rows = await this.database.rows<OuterMemberRow>(GROUP_WITH, [sessionId, groupJid, phones, lids]);
    const [first] = rows;
    if (!first) throw new NotFoundError('session');
    return {
      group: isGroup(first) ? toGroup(first) : undefined,
      members: rows.flatMap((row) => (row.member_id === null ? [] : toMember(row))),
      identities: toIdentities(first),
      account: { phoneJid: first.wa_jid ?? undefined, lid: first.wa_lid ?? undefined },
    };
  }

  /** Groups by id, each with those of `users` who are stored in it under an address given. One round trip. */
  async groupsWith(groupIds: readonly string[], users: readonly UserRef[]): Promise<NamedGroup[]> {
    const { phones, lids } = addressesOf(users);
    const found = new Map<string, NamedGroup>();
    for (const row of await this.database.rows<NamedRow>(GROUPS_WITH, [groupIds, phones, lids])) {
      const named = found.get(row.id) ?? { groupJid: row.group_jid, group: toGroup(row), members: [] };
      if (row.member_id !== null) named.members.push(toMember(row));
      found.set(row.id, named);
    }
    return [...found.values()];
  }

  /** One transaction, with the identities that were learnt along with it: they are stored when any group is. */
  async write(
    sessionId: string,
    writes: readonly GroupWrite[],
    now: number,
    learnt: IdentityChanges = NOTHING_LEARNT,
  ): Promise<Written> {
    const [first, ...others] = writes;
    const rows =
      first?.isRosterOnly && others.length === 0 && learnt.added.length === 0
        ? await this.database.rows<WrittenRow>(WRITE_ROSTER, rosterValuesOf(first, now))
        : await this.database.rows<WrittenRow>(WRITE, valuesOf(sessionId, writes, now, learnt));
    const groups = new Set(rows.map(({ id }) => id));
    return { groups, learnt: rows[0]?.learnt ?? 0, behind: rows[0]?.behind ?? [] };
  }

  /** What no stored change tells of. No round trip for nothing. */
  async tell(sessionId: string, events: readonly SessionEvent[], now: number): Promise<void> {
    if (events.length === 0) return;
    await this.database.rows(TELL, [sessionId, now, ...eventColumns(events)]);
  }
}

/** Whether all that was learnt is stored, and no group has to be told of it. */
export function isSettled({ added, removed }: IdentityChanges, { learnt, behind }: Written): boolean {
  return removed.length === 0 && learnt === added.length && behind.length === 0;
}

function isGroup<R extends OuterGroupRow>(row: R): row is R & StoredGroupRow {
  return row.id !== null;
}

export function toIdentities({ known_lids, known_phones }: IdentityColumns): Identity[] {
  return known_lids.flatMap((lid, index) => {
    const phoneJid = known_phones[index];
    return phoneJid === undefined ? [] : { lid, phoneJid };
  });
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
