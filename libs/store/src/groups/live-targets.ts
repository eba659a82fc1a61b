import { NotFoundError } from '#errors';
import { Injectable } from '@nestjs/common';
import type { ParticipantRole, UserRef } from '#whatsapp';
import { Database, type Statement } from '../database.js';
import { addressesOf } from '../identities/identity-table.js';
import { isId } from '../new-id.js';
import type { SessionRecord } from '../sessions/session.record.js';
import { admits, type TenantScope } from '../tenant-scope.js';
import type { GroupRecord } from './group.record.js';
import { GROUP_COLUMNS, toGroupRecord, type GroupRow } from './group.row.js';
import { KNOWN_LIDS, KNOWN_PHONES, identitiesNamed, membersNamed, toGroup, toIdentities } from './group-table.js';
import type { GroupAndMembers, IdentityColumns } from './group-table.js';
import type { StoredMember } from './stored-group.js';

/** One row: as rows of their own, members would each bring the columns of session and group once more. */
const FIND: Statement = {
  name: 'live-targets.find',
  text: `with ${identitiesNamed('$4', '$5')}
         select s.id as session_id, s.organization_id, s.status, s.rate_per_min, s.rate_per_hour, s.wa_jid, s.wa_lid,
           s.groups_synced_at, ${GROUP_COLUMNS}, ${KNOWN_LIDS} as known_lids, ${KNOWN_PHONES} as known_phones,
           (select json_agg(json_build_array(m.id, m.phone_jid, m.lid, m.role, m.tag, m.first_seen_at) order by m.id)
            from ${membersNamed(`s.wa_jid || $4::text[] || ${KNOWN_PHONES}`, `s.wa_lid || $5::text[] || ${KNOWN_LIDS}`)}) as members
         from sessions s left join groups g on g.session_id = s.id and g.group_jid = $3
         where s.id = $1 and s.organization_id = $2`,
};

interface SessionColumns {
  session_id: string;
  organization_id: string;
  status: SessionRecord['status'];
  rate_per_min: number;
  rate_per_hour: number;
  wa_jid: string | null;
  wa_lid: string | null;
  groups_synced_at: number | null;
}

type MemberTuple = [
  id: string,
  phoneJid: string | null,
  lid: string | null,
  role: ParticipantRole,
  tag: string | null,
  firstSeenAt: number,
];

type Row = SessionColumns & IdentityColumns & (GroupRow | { id: null }) & { members: MemberTuple[] | null };

/** What a live action needs to know of a session. */
export type TargetSession = Pick<
  SessionRecord,
  'id' | 'organizationId' | 'status' | 'ratePerMin' | 'ratePerHour' | 'waJid' | 'waLid' | 'groupsSyncedAt'
>;

/** What is stored of a session and of the group that it is to act on. */
export interface LiveTarget {
  session: TargetSession;
  /** `undefined`: no such group is stored. */
  group: GroupRecord | undefined;
  /** The group, the account and those who were named, under whichever address; for `GroupWriter.applyResults`. */
  seen: GroupAndMembers;
}

@Injectable()
export class LiveTargets {
  constructor(private readonly database: Database) {}

  /** One round trip. Throws `NotFoundError('session')`. */
  async find(
    scope: TenantScope,
    sessionId: string,
    groupJid: string,
    users: readonly UserRef[] = [],
  ): Promise<LiveTarget> {
    if (!isId(sessionId) || !admits(scope, sessionId)) throw new NotFoundError('session');
    const { phones, lids } = addressesOf(users);
    const values = [sessionId, scope.organizationId, groupJid, phones, lids];
    const [row] = await this.database.rows<Row>(FIND, values);
    if (!row) throw new NotFoundError('session');
    const session = sessionOf(row);
    const stored = row.id === null ? undefined : row;
    return {
      session,
      group: stored && toGroupRecord(stored),
      seen: {
        group: stored && toGroup(stored),
        members: (row.members ?? []).map(memberOf),
        identities: toIdentities(row),
        account: { phoneJid: session.waJid, lid: session.waLid },
      },
    };
  }
}

function sessionOf(row: SessionColumns): TargetSession {
  return {
    id: row.session_id,
    organizationId: row.organization_id,
    status: row.status,
    ratePerMin: row.rate_per_min,
    ratePerHour: row.rate_per_hour,
    waJid: row.wa_jid ?? undefined,
    waLid: row.wa_lid ?? undefined,
    groupsSyncedAt: row.groups_synced_at ?? undefined,
  };
}

function memberOf([id, phoneJid, lid, role, tag, firstSeenAt]: MemberTuple): StoredMember {
  return { id, phoneJid: phoneJid ?? undefined, lid: lid ?? undefined, role, tag: tag ?? undefined, firstSeenAt };
}
