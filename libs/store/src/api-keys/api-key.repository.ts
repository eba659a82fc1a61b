import { NotFoundError } from '#errors';
import { Injectable } from '@nestjs/common';
import { Database, type Statement } from '../database.js';
import { LOCKS, LOCK_SPACE } from '../locks.js';
import { isPrefixedId, newId } from '../new-id.js';
import { pageOf, rowsFor, startOf, type Page, type PageRequest } from '../page.js';
import type { TenantScope } from '../tenant-scope.js';
import { API_KEYS_CHANNEL } from '../wakeups/channels.js';
import type { ApiKeyRecord, NewApiKey } from './api-key.record.js';
import { API_KEY_COLUMNS, toApiKeyRecord, type ApiKeyRow } from './api-key.row.js';

const INSERT = `insert into api_keys (
    id, organization_id, name, capabilities, secret_hash, session_ids, allowed_cidrs, expires_at, created_by, created_at
  )`;
/** A caller that is limited to some sessions sees the keys that reach no further. */
const VISIBLE = 'organization_id = $1 and ($2::text[] is null or session_ids <@ $2)';

const CREATE: Statement = {
  name: 'api-keys.create',
  text: `${INSERT} values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) returning ${API_KEY_COLUMNS}`,
};
const FIND: Statement = {
  name: 'api-keys.find',
  text: `select ${API_KEY_COLUMNS} from api_keys where id = $1`,
};
const LIST: Statement = {
  name: 'api-keys.list',
  text: `select ${API_KEY_COLUMNS} from api_keys where ${VISIBLE} and id > $3 order by id limit $4`,
};
const GET: Statement = {
  name: 'api-keys.get',
  text: `select ${API_KEY_COLUMNS} from api_keys where ${VISIBLE} and id = $3`,
};
const DELETE: Statement = {
  name: 'api-keys.delete',
  text: `
    with deleted as (delete from api_keys where ${VISIBLE} and id = $3 returning id)
    select id, pg_notify('${API_KEYS_CHANNEL}', id) from deleted`,
};
const EXISTING: Statement = {
  name: 'api-keys.existing',
  text: 'select id from api_keys where id = any ($1)',
};
const COUNT: Statement = {
  name: 'api-keys.count',
  text: 'select count(*) from api_keys where organization_id = $1',
};
const TOUCH: Statement = {
  name: 'api-keys.touch',
  text: 'update api_keys set last_used_at = greatest(last_used_at, $2) where id = $1',
};

/** Which list a cursor belongs to. */
const KEYS = 'api-keys';

@Injectable()
export class ApiKeyRepository {
  constructor(private readonly database: Database) {}

  async create(key: NewApiKey): Promise<ApiKeyRecord> {
    const [row] = await this.database.rows<ApiKeyRow>(CREATE, valuesOf(key));
    if (!row) throw new Error('the database did not return the key that it stored');
    return toApiKeyRecord(row);
  }

  /**
   * The first key of the whole installation: made only while there is none. Of several processes that ask at once,
   * exactly one gets it; the others get `undefined`.
   */
  async createFirst(key: NewApiKey): Promise<ApiKeyRecord | undefined> {
    return this.database.dataSource.transaction(async (transaction) => {
      await transaction.query('select pg_advisory_xact_lock($1, $2)', [LOCK_SPACE, LOCKS.firstApiKey]);
      // A statement of its own: it has to see what the previous holder of the lock has committed.
      const [row] = await transaction.query<ApiKeyRow[]>(
        `${INSERT} select $1, $2, $3, $4::text[], $5::bytea, $6::text[], $7::text[], $8::bigint, $9, $10::bigint
         where not exists (select from api_keys) returning ${API_KEY_COLUMNS}`,
        valuesOf(key),
      );
      return row && toApiKeyRecord(row);
    });
  }

  /** Of any organization: who presents the key is not known yet. */
  async findById(id: string): Promise<ApiKeyRecord | undefined> {
    if (!isKeyId(id)) return undefined;
    const [row] = await this.database.rows<ApiKeyRow>(FIND, [id]);
    return row && toApiKeyRecord(row);
  }

  async list(scope: TenantScope, page: PageRequest): Promise<Page<ApiKeyRecord>> {
    const rows = await this.database.rows<ApiKeyRow>(LIST, [...visible(scope), startOf(page, KEYS), rowsFor(page)]);
    return pageOf(rows.map(toApiKeyRecord), page, KEYS);
  }

  /** Throws `NotFoundError('api key')`. */
  async get(scope: TenantScope, id: string): Promise<ApiKeyRecord> {
    if (!isKeyId(id)) throw new NotFoundError('api key');
    const [row] = await this.database.rows<ApiKeyRow>(GET, [...visible(scope), id]);
    if (!row) throw new NotFoundError('api key');
    return toApiKeyRecord(row);
  }

  /** Those of the keys that were not deleted. Of any organization. */
  async existing(ids: readonly string[]): Promise<string[]> {
    return (await this.database.rows<{ id: string }>(EXISTING, [ids])).map(({ id }) => id);
  }

  /** Every process is told. Throws `NotFoundError('api key')`. */
  async delete(scope: TenantScope, id: string): Promise<void> {
    if (!isKeyId(id)) throw new NotFoundError('api key');
    const deleted = await this.database.rows(DELETE, [...visible(scope), id]);
    if (deleted.length === 0) throw new NotFoundError('api key');
  }

  async countForOrganization(organizationId: string): Promise<number> {
    const [row] = await this.database.rows<{ count: number }>(COUNT, [organizationId]);
    return row?.count ?? 0;
  }

  /** The key was used at `at` (epoch milliseconds). Nothing happens to a key that is gone. */
  async touch(id: string, at: number): Promise<void> {
    await this.database.rows(TOUCH, [id, at]);
  }
}

function isKeyId(id: string): boolean {
  return isPrefixedId('key_', id);
}

function visible(scope: TenantScope): unknown[] {
  return [scope.organizationId, scope.sessionIds ?? null];
}

/** In the order of `INSERT`. */
function valuesOf(key: NewApiKey): unknown[] {
  const { organizationId, name, capabilities, secretHash, sessionIds, allowedCidrs, expiresAt, createdBy } = key;
  const id = key.id ?? `key_${newId()}`;
  const optional = [sessionIds ?? null, allowedCidrs ?? null, expiresAt ?? null, createdBy ?? null];
  return [id, organizationId, name, capabilities, secretHash, ...optional, Date.now()];
}
