import { NotFoundError } from '#errors';
import { Injectable } from '@nestjs/common';
import type { UserRef } from '#whatsapp';
import { Database, type Statement } from '../database.js';
import { addressesOf } from '../identities/identity-table.js';
import { isId } from '../new-id.js';
import type { SessionRecord } from '../sessions/session.record.js';
import { JOINED_SESSION_COLUMNS, sessionOf, type JoinedSessionRow } from '../sessions/session.row.js';
import { admits, type TenantScope } from '../tenant-scope.js';
import type { GroupRecord } from './group.record.js';
import { GROUP_COLUMNS, toGroupRecord, type GroupRow } from './group.row.js';
import {
  IDENTITY_COLUMNS,
  JOINED_MEMBER_COLUMNS,
  KNOWN_LIDS,
  KNOWN_PHONES,
  identitiesNamed,
  membersNamed,
  toGroup,
  toIdentities,
  toMember,
  type GroupAndMembers,
  type IdentityColumns,
  type JoinedMemberRow,
} from './group-table.js';
import { isSameUser, type StoredMember } from './stored-group.js';

const NAMED = `from sessions s left join groups g on g.session_id = s.id and g.group_jid = $3`;
const MINE = 'where s.id = $1 and s.organization_id = $2 order by m.id';

/** Under the addresses given, and no others. */
const FIND: Statement = {
  name: 'live-targets.find',
  text: `select ${JOINED_SESSION_COLUMNS}, ${GROUP_COLUMNS}, ${JOINED_MEMBER_COLUMNS} ${NAMED}
         left join ${membersNamed('s.wa_jid || $4::text[]', 's.wa_lid || $5::text[]')} on true ${MINE}`,
};
/** Takes half as long again: also under what the stored identities add. */
const LOOK: Statement = {
  name: 'live-targets.look',
  text: `with ${identitiesNamed('$4', '$5')}
         select s.wa_jid as session_wa_jid, s.wa_lid as session_wa_lid, ${IDENTITY_COLUMNS}, ${GROUP_COLUMNS},
           ${JOINED_MEMBER_COLUMNS} ${NAMED}
         left join ${membersNamed(`s.wa_jid || $4::text[] || ${KNOWN_PHONES}`, `s.wa_lid || $5::text[] || ${KNOWN_LIDS}`)} on true ${MINE}`,
};

type GroupAndMember = (GroupRow | { id: null }) & (JoinedMemberRow | { member_id: null });
type FoundRow = JoinedSessionRow & GroupAndMember;
type LookedRow = Pick<JoinedSessionRow, 'session_wa_jid' | 'session_wa_lid'> & IdentityColumns & GroupAndMember;

/** What is stored of a session and of the group that it is to act on. */
export interface LiveTarget {
  session: SessionRecord;
  /** `undefined`: no such group is stored. */
  group: GroupRecord | undefined;
  /**
   * The account and the members who were named, for `GroupWriter.applyResults`. `undefined` when somebody was not found:
   * they may be there under another address, which `look` would tell.
   */
  seen: GroupAndMembers | undefined;
}

@Injectable()
export class LiveTargets {
  constructor(private readonly database: Database) {}

  /** One round trip, before a live action. Throws `NotFoundError('session')`. */
  async find(
    scope: TenantScope,
    sessionId: string,
    groupJid: string,
    users: readonly UserRef[] = [],
  ): Promise<LiveTarget> {
    const rows = await this.rows<FoundRow>(FIND, scope, sessionId, groupJid, users);
    const [first] = rows;
    const session = sessionOf(first);
    const stored = first.id === null ? undefined : first;
    const members = membersOf(rows);
    const account = { phoneJid: session.waJid, lid: session.waLid };
    const isComplete = users.every((user) => members.some((member) => isSameUser(member, user)));
    return {
      session,
      group: stored && toGroupRecord(stored),
      seen: isComplete ? { group: stored && toGroup(stored), members, identities: [], account } : undefined,
    };
  }

  /** What is stored of those named, under whichever address. One round trip. Throws `NotFoundError('session')`. */
  async look(
    scope: TenantScope,
    sessionId: string,
    groupJid: string,
    users: readonly UserRef[],
  ): Promise<GroupAndMembers> {
    const rows = await this.rows<LookedRow>(LOOK, scope, sessionId, groupJid, users);
    const [first] = rows;
    return {
      group: first.id === null ? undefined : toGroup(first),
      members: membersOf(rows),
      identities: toIdentities(first),
      account: { phoneJid: first.session_wa_jid ?? undefined, lid: first.session_wa_lid ?? undefined },
    };
  }

  private async rows<R>(
    statement: Statement,
    scope: TenantScope,
    sessionId: string,
    groupJid: string,
    users: readonly UserRef[],
  ): Promise<[R, ...R[]]> {
    if (!isId(sessionId) || !admits(scope, sessionId)) throw new NotFoundError('session');
    const { phones, lids } = addressesOf(users);
    const values = [sessionId, scope.organizationId, groupJid, phones, lids];
    const [first, ...rest] = await this.database.rows<R>(statement, values);
    if (first === undefined) throw new NotFoundError('session');
    return [first, ...rest];
  }
}

function membersOf(rows: readonly (JoinedMemberRow | { member_id: null })[]): StoredMember[] {
  return rows.flatMap((row) => (row.member_id === null ? [] : toMember(row)));
}
