import { NotFoundError } from '#errors';
import { Injectable } from '@nestjs/common';
import { Database, type Statement } from '../database.js';
import { isId } from '../new-id.js';
import { pageOf, rowsFor, startOf, type Page, type PageRequest } from '../page.js';
import { admits, type TenantScope } from '../tenant-scope.js';
import type { GroupRecord } from './group.record.js';
import { GROUP_COLUMNS, toGroupRecord, type GroupRow } from './group.row.js';

/** No row: no such session. One row of nulls: a session with nothing to show. */
const LIST: Statement = {
  name: 'groups.list',
  text: `select ${GROUP_COLUMNS} from sessions s
         left join lateral (select * from groups where session_id = s.id and id > $3 order by id limit $4) g on true
         where s.id = $1 and s.organization_id = $2 order by g.id`,
};
const GET: Statement = {
  name: 'groups.get',
  text: `select ${GROUP_COLUMNS} from sessions s left join groups g on g.session_id = s.id and g.group_jid = $3
         where s.id = $1 and s.organization_id = $2`,
};

type OuterGroupRow = GroupRow | { id: null };

/** Reads of stored groups: one round trip each, never a question to WhatsApp. */
@Injectable()
export class GroupRepository {
  constructor(private readonly database: Database) {}

  /** Throws `NotFoundError('session')`. */
  async list(scope: TenantScope, sessionId: string, page: PageRequest): Promise<Page<GroupRecord>> {
    const groups = `groups ${sessionId}`;
    const rows = await this.rows(LIST, scope, sessionId, [startOf(page, groups), rowsFor(page)]);
    return pageOf(rows.filter(isStored).map(toGroupRecord), page, groups);
  }

  /** Throws `NotFoundError('session')` or `NotFoundError('group')`. */
  async get(scope: TenantScope, sessionId: string, groupJid: string): Promise<GroupRecord> {
    const [row] = await this.rows(GET, scope, sessionId, [groupJid]);
    if (!row || !isStored(row)) throw new NotFoundError('group');
    return toGroupRecord(row);
  }

  private async rows(statement: Statement, scope: TenantScope, sessionId: string, rest: unknown[]) {
    if (!isId(sessionId) || !admits(scope, sessionId)) throw new NotFoundError('session');
    const rows = await this.database.rows<OuterGroupRow>(statement, [sessionId, scope.organizationId, ...rest]);
    if (rows.length === 0) throw new NotFoundError('session');
    return rows;
  }
}

function isStored(row: OuterGroupRow): row is GroupRow {
  return row.id !== null;
}
