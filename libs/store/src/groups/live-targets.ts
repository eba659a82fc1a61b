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

const FIND: Statement = {
  name: 'live-targets.find',
  text: `with ${identitiesNamed('$4', '$5')}
         select ${JOINED_SESSION_COLUMNS}, ${IDENTITY_COLUMNS}, ${GROUP_COLUMNS}, ${JOINED_MEMBER_COLUMNS} from sessions s
         left join groups g on g.session_id = s.id and g.group_jid = $3
         left join ${membersNamed(`s.wa_jid || $4::text[] || ${KNOWN_PHONES}`, `s.wa_lid || $5::text[] || ${KNOWN_LIDS}`)} on true
         where s.id = $1 and s.organization_id = $2 order by m.id`,
};

type Row = JoinedSessionRow & IdentityColumns & (GroupRow | { id: null }) & (JoinedMemberRow | { member_id: null });

/** What is stored of a session and of the group that it is to act on. */
export interface LiveTarget {
  session: SessionRecord;
  /** `undefined`: no such group is stored. */
  group: GroupRecord | undefined;
  /** The account and the members who were named, for `GroupWriter.applyResults`. */
  seen: GroupAndMembers;
}

@Injectable()
export class LiveTargets {
  constructor(private readonly database: Database) {}

  /** One round trip, before a live action. Members are found under whichever address. Throws `NotFoundError('session')`. */
  async find(
    scope: TenantScope,
    sessionId: string,
    groupJid: string,
    users: readonly UserRef[] = [],
  ): Promise<LiveTarget> {
    if (!isId(sessionId) || !admits(scope, sessionId)) throw new NotFoundError('session');
    const { phones, lids } = addressesOf(users);
    const rows = await this.database.rows<Row>(FIND, [sessionId, scope.organizationId, groupJid, phones, lids]);
    const [first] = rows;
    if (!first) throw new NotFoundError('session');
    const session = sessionOf(first);
    const stored = first.id === null ? undefined : first;
    const members = rows.flatMap((row) => (row.member_id === null ? [] : toMember(row)));
    const account = { phoneJid: session.waJid, lid: session.waLid };
    return {
      session,
      group: stored && toGroupRecord(stored),
      seen: { group: stored && toGroup(stored), members, identities: toIdentities(first), account },
    };
  }
}
