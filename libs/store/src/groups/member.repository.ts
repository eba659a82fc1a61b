import { NotFoundError } from '#errors';
import { Injectable } from '@nestjs/common';
import type { UserRef } from '#whatsapp';
import { Database, type Statement } from '../database.js';
import { addressesOf } from '../identities/identity-table.js';
import { isId } from '../new-id.js';
import { pageOf, rowsFor, startOf, type Page, type PageRequest } from '../page.js';
import { admits, type TenantScope } from '../tenant-scope.js';
import type { MemberRecord } from './group.record.js';
import { KNOWN_LIDS, KNOWN_PHONES, identitiesNamed, membersNamed } from './group-table.js';
import { groupVersion } from './group-version.js';
import { MEMBER_COLUMNS, toMemberRecord, type MemberTuple } from './member.row.js';
import { pageVersion, type VersionedPage } from './versioned.js';

/** Session, group and members at once. No row: no such session; no version: no such group; no id: nobody to show. */
const LIST: Statement = {
  name: 'members.list',
  text: `select ${MEMBER_COLUMNS}
         from sessions s
         left join groups g on g.session_id = s.id and g.group_jid = $3
         left join lateral (
           select * from group_members where group_id = g.id and id > $4 order by id limit $5
         ) m on true
         where s.id = $1 and s.organization_id = $2
         order by m.id`,
};
/** The member under either address, and under the one that is known to be the same person's. */
const FIND: Statement = {
  name: 'members.find',
  text: `with ${identitiesNamed('$3', '$4')}
         select ${MEMBER_COLUMNS} from groups g
         join ${membersNamed(`$3::text[] || ${KNOWN_PHONES}`, `$4::text[] || ${KNOWN_LIDS}`)} on true
         where g.session_id = $1 and g.group_jid = $2
         order by m.id limit 1`,
};

type OuterTuple = MemberTuple | [version: string | null, id: null];

@Injectable()
export class MemberRepository {
  constructor(private readonly database: Database) {}

  /** One round trip. Throws `NotFoundError('session')` or `NotFoundError('group')`. */
  async list(scope: TenantScope, sessionId: string, groupJid: string, page: PageRequest): Promise<Page<MemberRecord>> {
    return (await this.listVersioned(scope, sessionId, groupJid, page)).value;
  }

  /** As `list`, with the version that `listVersion` tells. */
  async listVersioned(
    scope: TenantScope,
    sessionId: string,
    groupJid: string,
    page: PageRequest,
  ): Promise<VersionedPage<MemberRecord>> {
    const members = listOf(sessionId, groupJid);
    const start = startOf(page, members);
    if (!isId(sessionId) || !admits(scope, sessionId)) throw new NotFoundError('session');
    const values = [sessionId, scope.organizationId, groupJid, start, rowsFor(page)];
    const rows = await this.database.tuples<OuterTuple>(LIST, values);
    const [first] = rows;
    if (!first) throw new NotFoundError('session');
    const [version] = first;
    if (version === null) throw new NotFoundError('group');
    const stored = first[1] === null ? [] : (rows as MemberTuple[]);
    const records = stored.map((row) => toMemberRecord(row, sessionId, groupJid));
    return { version: pageVersion(version, page, members), value: pageOf(records, page, members) };
  }

  /** The version of a page, without reading it. Throws as `list` does. */
  async listVersion(scope: TenantScope, sessionId: string, groupJid: string, page: PageRequest): Promise<string> {
    const members = listOf(sessionId, groupJid);
    startOf(page, members);
    return pageVersion(await groupVersion(this.database, scope, sessionId, groupJid), page, members);
  }

  /** The member known by either address, whichever is stored. For callers that hold the session already. */
  async find(sessionId: string, groupJid: string, user: UserRef): Promise<MemberRecord | undefined> {
    const { phones, lids } = addressesOf([user]);
    const values = [sessionId, groupJid, phones, lids];
    const [row] = await this.database.tuples<MemberTuple>(FIND, values);
    return row && toMemberRecord(row, sessionId, groupJid);
  }
}

function listOf(sessionId: string, groupJid: string): string {
  return `members ${sessionId} ${groupJid}`;
}
