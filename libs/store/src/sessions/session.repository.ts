import { ConflictError, NotFoundError } from '#errors';
import { Injectable } from '@nestjs/common';
import { Database, type Statement } from '../database.js';
import { newEventId } from '../events/event-log.js';
import { isId, newId } from '../new-id.js';
import { pageOf, rowsFor, startOf, type Page, type PageRequest } from '../page.js';
import { violatesUnique } from '../pg-errors.js';
import { admits, type TenantScope } from '../tenant-scope.js';
import { DeliveryDiscards } from '../webhooks/delivery-discards.js';
import { CLOSE_OF_SESSION } from '../webhooks/webhook-statements.js';
import type { NewSession, SessionRecord, SessionSettingsPatch, SessionStatePatch } from './session.record.js';
import { columnsOf, SESSION_COLUMNS, toSessionRecord, type SessionRow } from './session.row.js';
import { SETTLE, UNSETTLED, UPDATE } from './update-session.js';

const GET: Statement = {
  name: 'sessions.get',
  text: `select ${SESSION_COLUMNS} from sessions where id = $1 and organization_id = $2`,
};
/** By id before by label: a label may look like the id of another session. */
const FIND: Statement = {
  name: 'sessions.find',
  text: `select ${SESSION_COLUMNS} from sessions
         where organization_id = $2 and (id = $1 or label = $1) and ($3::text[] is null or id = any ($3))
         order by id = $1 desc limit 1`,
};
const LIST: Statement = {
  name: 'sessions.list',
  text: `select ${SESSION_COLUMNS} from sessions
         where organization_id = $1 and ($2::text[] is null or id = any ($2)) and id > $3 order by id limit $4`,
};
const LIST_ALL: Statement = {
  name: 'sessions.list-all',
  text: `select ${SESSION_COLUMNS} from sessions where id > $1 order by id limit $2`,
};
const STATE_OF: Statement = {
  name: 'sessions.state-of',
  text: `select ${SESSION_COLUMNS} from sessions where id = $1`,
};
const LIST_RUNNING: Statement = {
  name: 'sessions.list-running',
  text: `select ${SESSION_COLUMNS} from sessions where desired = 'running' order by id`,
};
const CREATE: Statement = {
  name: 'sessions.create',
  text: `insert into sessions (id, organization_id, label, created_by, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $5) returning ${SESSION_COLUMNS}`,
};
const DELETE: Statement = {
  name: 'sessions.delete',
  text: 'delete from sessions where id = $1 and organization_id = $2 returning id',
};

/** Which list a cursor belongs to. */
const MINE = 'sessions';
const ALL = 'sessions of all';

@Injectable()
export class SessionRepository {
  private readonly discards: DeliveryDiscards;

  constructor(private readonly database: Database) {
    this.discards = new DeliveryDiscards(database);
  }

  /** Throws `ConflictError` (`label_taken`) when the organization has a session of that label. */
  async create(session: NewSession): Promise<SessionRecord> {
    const { organizationId, label, createdBy } = session;
    const values = [newId(), organizationId, label ?? null, createdBy ?? null, Date.now()];
    const [row] = await this.database.rows<SessionRow>(CREATE, values).catch(refuseTakenLabel);
    return found(row);
  }

  /** Throws `NotFoundError` for an id that is unknown, malformed, another organization's or outside the scope. */
  async get(scope: TenantScope, id: string): Promise<SessionRecord> {
    if (!isId(id) || !admits(scope, id)) throw new NotFoundError('session');
    const [row] = await this.database.rows<SessionRow>(GET, [id, scope.organizationId]);
    return found(row);
  }

  /** The session of this id or of this label. Throws `NotFoundError` as `get`. */
  async find(scope: TenantScope, idOrLabel: string): Promise<SessionRecord> {
    // PostgreSQL has no text with NUL in it.
    if (idOrLabel.includes('\0')) throw new NotFoundError('session');
    const values = [idOrLabel, scope.organizationId, scope.sessionIds ?? null];
    const [row] = await this.database.rows<SessionRow>(FIND, values);
    return found(row);
  }

  async list(scope: TenantScope, page: PageRequest): Promise<Page<SessionRecord>> {
    const values = [scope.organizationId, scope.sessionIds ?? null, startOf(page, MINE), rowsFor(page)];
    const rows = await this.database.rows<SessionRow>(LIST, values);
    return pageOf(rows.map(toSessionRecord), page, MINE);
  }

  /** Of every organization: for the platform's own staff. */
  async listAll(page: PageRequest): Promise<Page<SessionRecord>> {
    const rows = await this.database.rows<SessionRow>(LIST_ALL, [startOf(page, ALL), rowsFor(page)]);
    return pageOf(rows.map(toSessionRecord), page, ALL);
  }

  /** Of any organization, for who runs it; `undefined`: there is none. */
  async stateOf(id: string): Promise<SessionRecord | undefined> {
    const [row] = await this.database.rows<SessionRow>(STATE_OF, [id]);
    return row && toSessionRecord(row);
  }

  /** Of every organization: what is to run. */
  async listRunning(): Promise<SessionRecord[]> {
    return (await this.database.rows<SessionRow>(LIST_RUNNING, [])).map(toSessionRecord);
  }

  /** For a starting process: what the last one left half way through a stop or a logout runs nowhere. */
  async settleStopped(): Promise<void> {
    const unsettled = await this.database.rows<{ id: string }>(UNSETTLED, []);
    if (unsettled.length === 0) return;
    const ids = unsettled.map(({ id }) => id);
    await this.database.rows(SETTLE, [ids, ids.map(() => newEventId()), Date.now()]);
  }

  /** Throws `NotFoundError` as `get`, `ConflictError` as `create`. */
  async updateSettings(scope: TenantScope, id: string, patch: SessionSettingsPatch): Promise<SessionRecord> {
    if (!isId(id) || !admits(scope, id)) throw new NotFoundError('session');
    const row = await this.update(patch, { id, organizationId: scope.organizationId }).catch(refuseTakenLabel);
    return found(row);
  }

  /**
   * For the owner of the session. `undefined`: it was deleted meanwhile, or somebody was given a newer lease than the one
   * with this fence. Another status, or another reason of it, is told by the same statement: `session.status`. What is
   * replaced before it was stored is told by nobody.
   */
  async updateState(id: string, patch: SessionStatePatch, fence?: number): Promise<SessionRecord | undefined> {
    const row = await this.update(patch, { id }, fence);
    return row && toSessionRecord(row);
  }

  /**
   * Takes credentials, groups, members and the webhooks of this session alone along, but not what was told of it; many
   * deliveries of those webhooks go before: who locks one for long keeps events from being handed out to any. Throws
   * `NotFoundError` as `get`.
   */
  async delete(scope: TenantScope, id: string): Promise<void> {
    if (!isId(id) || !admits(scope, id)) throw new NotFoundError('session');
    const values = [id, scope.organizationId];
    for (const webhook of await this.database.rows<{ id: string }>(CLOSE_OF_SESSION, values)) {
      await this.discards.all(webhook.id);
    }
    const deleted = await this.database.rows(DELETE, values);
    if (deleted.length === 0) throw new NotFoundError('session');
  }

  private async update(
    patch: SessionSettingsPatch & SessionStatePatch,
    { id, organizationId }: { id: string; organizationId?: string },
    fence?: number,
  ): Promise<SessionRow | undefined> {
    const values = [id, organizationId ?? null, fence ?? null, columnsOf(patch), Date.now(), newEventId()];
    const [row] = await this.database.rows<SessionRow>(UPDATE, values);
    return row;
  }
}

function found(row: SessionRow | undefined): SessionRecord {
  if (!row) throw new NotFoundError('session');
  return toSessionRecord(row);
}

function refuseTakenLabel(error: unknown): never {
  if (!violatesUnique(error, 'sessions_label_key')) throw error;
  throw new ConflictError('label_taken', 'another session of the organization has this label', {}, { cause: error });
}
