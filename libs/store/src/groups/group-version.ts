import { NotFoundError } from '#errors';
import type { Database, Statement } from '../database.js';
import { isId } from '../new-id.js';
import { admits, type TenantScope } from '../tenant-scope.js';
import type { GroupRecord } from './group.record.js';

/**
 * Of the table under the alias `g`. The id tells a group that was stored anew from the one before, and the time a change
 * from the one that had its number before a crash of the database, or a restored backup, took that back.
 */
export const GROUP_VERSION = `g.id || '.' || g.version || '.' || g.updated_at`;

/** As `GROUP_VERSION`, of what it is made of. */
export function versionOf({ id, version, updatedAt }: Pick<GroupRecord, 'id' | 'version' | 'updatedAt'>): string {
  return `${id}.${version}.${updatedAt}`;
}

/** No row: no such session; null: no such group. */
const VERSION: Statement = {
  name: 'groups.version',
  text: `select ${GROUP_VERSION} from sessions s left join groups g on g.session_id = s.id and g.group_jid = $3
         where s.id = $1 and s.organization_id = $2`,
};

/** Throws `NotFoundError('session')` or `NotFoundError('group')`. */
export async function groupVersion(
  database: Database,
  scope: TenantScope,
  sessionId: string,
  groupJid: string,
): Promise<string> {
  if (!isId(sessionId) || !admits(scope, sessionId)) throw new NotFoundError('session');
  const [row] = await database.tuples<[string | null]>(VERSION, [sessionId, scope.organizationId, groupJid]);
  if (!row) throw new NotFoundError('session');
  if (row[0] === null) throw new NotFoundError('group');
  return row[0];
}
