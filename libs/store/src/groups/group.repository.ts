import { NotFoundError } from '#errors';
import { Injectable } from '@nestjs/common';
import { Database, type Statement } from '../database.js';
import { isId } from '../new-id.js';
import { pageOf, rowsFor, startOf, type Page, type PageRequest } from '../page.js';
import { admits, type TenantScope } from '../tenant-scope.js';
import type { GroupRecord } from './group.record.js';
import { GROUP_COLUMNS, toGroupRecord, type GroupRow } from './group.row.js';
import { groupVersion, versionOf } from './group-version.js';
import { pageVersion, type Versioned, type VersionedPage } from './versioned.js';

/**
 * Groups are never removed one by one: each change of one makes the sum of their versions larger. The time is for changes
 * that the database lost (see `GROUP_VERSION`). Once for a session.
 */
const LIST_VERSION = `lateral (
           select count(*) || '.' || coalesce(sum(version), 0) || '.' || coalesce(max(updated_at), 0) as list_version
           from groups where session_id = s.id
         ) v`;

/** No row: no such session. One row of nulls: a session with nothing to show. */
const LIST: Statement = {
  name: 'groups.list',
  text: `select v.list_version, ${GROUP_COLUMNS} from sessions s
         cross join ${LIST_VERSION}
         left join lateral (select * from groups where session_id = s.id and id > $3 order by id limit $4) g on true
         where s.id = $1 and s.organization_id = $2 order by g.id`,
};
const VERSION: Statement = {
  name: 'groups.list-version',
  text: `select v.list_version from sessions s cross join ${LIST_VERSION} where s.id = $1 and s.organization_id = $2`,
};
const GET: Statement = {
  name: 'groups.get',
  text: `select ${GROUP_COLUMNS} from sessions s left join groups g on g.session_id = s.id and g.group_jid = $3
         where s.id = $1 and s.organization_id = $2`,
};

type OuterGroupRow = GroupRow | { id: null };

interface ListRow {
  list_version: string;
}

/** Reads of stored groups: one round trip each, never a question to WhatsApp. */
@Injectable()
export class GroupRepository {
  constructor(private readonly database: Database) {}

  /** Throws `NotFoundError('session')`. */
  async list(scope: TenantScope, sessionId: string, page: PageRequest): Promise<Page<GroupRecord>> {
    return (await this.listVersioned(scope, sessionId, page)).value;
  }

  /** As `list`, with the version that `listVersion` tells. */
  async listVersioned(scope: TenantScope, sessionId: string, page: PageRequest): Promise<VersionedPage<GroupRecord>> {
    const groups = listOf(sessionId);
    const values = [startOf(page, groups), rowsFor(page)];
    const [first, ...rest] = await this.rows<OuterGroupRow & ListRow>(LIST, scope, sessionId, values);
    const records = [first, ...rest].filter(isStored).map(toGroupRecord);
    const version = pageVersion(`${sessionId}.${first.list_version}`, page, groups);
    return { version, value: pageOf(records, page, groups) };
  }

  /** The version of a page, without reading it. Throws as `list` does. */
  async listVersion(scope: TenantScope, sessionId: string, page: PageRequest): Promise<string> {
    const groups = listOf(sessionId);
    startOf(page, groups);
    const [{ list_version }] = await this.rows<ListRow>(VERSION, scope, sessionId, []);
    return pageVersion(`${sessionId}.${list_version}`, page, groups);
  }

  /** Throws `NotFoundError('session')` or `NotFoundError('group')`. */
  async get(scope: TenantScope, sessionId: string, groupJid: string): Promise<GroupRecord> {
    const [row] = await this.rows<OuterGroupRow>(GET, scope, sessionId, [groupJid]);
    if (!isStored(row)) throw new NotFoundError('group');
    return toGroupRecord(row);
  }

  /** As `get`, with the version that `version` tells. */
  async getVersioned(scope: TenantScope, sessionId: string, groupJid: string): Promise<Versioned<GroupRecord>> {
    const value = await this.get(scope, sessionId, groupJid);
    return { version: versionOf(value), value };
  }

  /** The version of a group and of who is in it, without reading either. Throws as `get` does. */
  version(scope: TenantScope, sessionId: string, groupJid: string): Promise<string> {
    return groupVersion(this.database, scope, sessionId, groupJid);
  }

  /** At least one row. */
  private async rows<R>(
    statement: Statement,
    scope: TenantScope,
    sessionId: string,
    rest: unknown[],
  ): Promise<[R, ...R[]]> {
    if (!isId(sessionId) || !admits(scope, sessionId)) throw new NotFoundError('session');
    const [first, ...others] = await this.database.rows<R>(statement, [sessionId, scope.organizationId, ...rest]);
    if (first === undefined) throw new NotFoundError('session');
    return [first, ...others];
  }
}

function listOf(sessionId: string): string {
  return `groups ${sessionId}`;
}

function isStored<R extends OuterGroupRow>(row: R): row is R & GroupRow {
  return row.id !== null;
}
