import type { EntityManager } from 'typeorm';
import { sessionPlace } from '../credentials/credential-place.js';
import { CredentialsCipher } from '../credentials/credentials-cipher.js';
import type { CredentialsKeyRing } from '../credentials/credentials-key-ring.js';
import { unlessAway } from '../database-away.js';
import type { Database } from '../database.js';
import { LOCKS, LOCK_SPACE } from '../locks.js';
import { isId, newId } from '../new-id.js';
import { violatesUnique } from '../pg-errors.js';
import { SESSION_COLUMNS, type SessionRow } from '../sessions/session.row.js';
import type { PortableCredential, PortableSession } from './portable-session.js';
import { SessionTransferError } from './session-transfer.error.js';

/** Rows of credentials in one statement. */
const AT_ONCE = 1_000;

export interface ExportOptions {
  /** The session is deleted here, with its groups, in the transaction that read it: once `deliver` has kept it. */
  remove?: boolean;
}

export interface ImportOptions {
  /** Instead of the one that it had. */
  organizationId?: string;
  /** Instead of the one that it had. */
  label?: string;
}

interface CredentialRow {
  kind: string;
  id: string;
  key_id: string;
  value: Buffer;
}

/** Moves a linked session from one database to another, by hand. */
export class SessionTransfer {
  private readonly cipher: CredentialsCipher;

  constructor(
    private readonly database: Database,
    keys: CredentialsKeyRing,
  ) {
    this.cipher = new CredentialsCipher(keys);
  }

  /**
   * Hands the session to `deliver`, during which nobody can start it. Throws `SessionTransferError` for a session that is
   * unknown, is meant to run, still runs, or is not linked; `CredentialsUnreadableError`; and what `deliver` throws.
   */
  async export(
    sessionId: string,
    deliver: (session: PortableSession) => Promise<void>,
    { remove = false }: ExportOptions = {},
  ): Promise<void> {
    await this.transaction(async (manager) => {
      const session = await lockAtRest(manager, sessionId);
      await deliver(await this.read(manager, session));
      if (remove) await manager.query('delete from sessions where id = $1', [sessionId]);
    });
  }

  /**
   * Makes a stopped session of it, all or nothing, and returns its id: the one that it had, so that its clients go on
   * working, unless a session of this database has that. Throws `SessionTransferError` when its account is linked here
   * already, or its label is taken.
   */
  async import(session: PortableSession, options: ImportOptions = {}): Promise<string> {
    return this.transaction(async (manager) => {
      // Two imports of one account must not both find it absent.
      await manager.query('select pg_advisory_xact_lock($1, $2)', [LOCK_SPACE, LOCKS.sessionImport]);
      await refuseLinked(manager, session.waJid);
      const id = (await isFree(manager, session.id)) ? session.id : newId();
      await insertSession(manager, id, session, options);
      for (let from = 0; from < session.credentials.length; from += AT_ONCE) {
        await this.insertCredentials(manager, id, session.credentials.slice(from, from + AT_ONCE));
      }
      return id;
    });
  }

  private async read(manager: EntityManager, session: SessionRow): Promise<PortableSession> {
    const rows = await manager.query<CredentialRow[]>(
      'select kind, id, key_id, value from session_credentials where session_id = $1 order by kind, id',
      [session.id],
    );
    const { wa_jid: waJid, phone_number: phoneNumber } = session;
    if (waJid === null || phoneNumber === null || rows.length === 0) {
      throw new SessionTransferError(
        'the session is not linked: there is nothing to move, link the account anew instead',
      );
    }
    const credentials = rows.map(({ kind, id, key_id: keyId, value }) => {
      return { kind, id, value: this.cipher.open(sessionPlace(session.id, kind, id), { keyId, value }) };
    });
    return {
      id: session.id,
      organizationId: session.organization_id,
      label: session.label ?? undefined,
      ratePerMin: session.rate_per_min,
      ratePerHour: session.rate_per_hour,
      waJid,
      waLid: session.wa_lid ?? undefined,
      phoneNumber,
      credentials,
    };
  }

  private async insertCredentials(
    manager: EntityManager,
    sessionId: string,
    items: readonly PortableCredential[],
  ): Promise<void> {
    const sealed = items.map(({ kind, id, value }) => this.cipher.seal(sessionPlace(sessionId, kind, id), value));
    await manager.query(
      `insert into session_credentials (session_id, kind, id, key_id, value)
       select $1, * from unnest($2::text[], $3::text[], $4::text[], $5::bytea[])`,
      [
        sessionId,
        items.map(({ kind }) => kind),
        items.map(({ id }) => id),
        sealed.map(({ keyId }) => keyId),
        sealed.map(({ value }) => value),
      ],
    );
  }

  private transaction<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return unlessAway(this.database.dataSource.transaction(work));
  }
}

/** The row of a session that runs nowhere, locked: neither a start nor a claim gets by before the transaction ends. */
async function lockAtRest(manager: EntityManager, sessionId: string): Promise<SessionRow> {
  const [session] = await manager.query<SessionRow[]>(
    `select ${SESSION_COLUMNS} from sessions where id = $1 for update`,
    [sessionId],
  );
  if (!session) throw new SessionTransferError('there is no session of this id');
  if (session.desired === 'running') {
    throw new SessionTransferError('the session is meant to run: stop it first (POST /api/v1/sessions/{session}:stop)');
  }
  const [lease] = await manager.query<{ holder: string }[]>(
    `select holder from session_leases where session_id = $1 and holder is not null and expires_at > clock_timestamp()`,
    [sessionId],
  );
  if (lease) throw new SessionTransferError(`the session still runs in ${lease.holder}: try again once it has stopped`);
  return session;
}

async function refuseLinked(manager: EntityManager, waJid: string): Promise<void> {
  const [linked] = await manager.query<{ id: string; organization_id: string }[]>(
    'select id, organization_id from sessions where wa_jid = $1 limit 1',
    [waJid],
  );
  if (!linked) return;
  throw new SessionTransferError(
    `the account is linked here already: session ${linked.id} of organization ${linked.organization_id}`,
  );
}

async function isFree(manager: EntityManager, id: string): Promise<boolean> {
  if (!isId(id)) return false;
  const taken = await manager.query<unknown[]>('select 1 from sessions where id = $1', [id]);
  return taken.length === 0;
}

async function insertSession(
  manager: EntityManager,
  id: string,
  session: PortableSession,
  options: ImportOptions,
): Promise<void> {
  const { ratePerMin, ratePerHour, waJid, waLid, phoneNumber } = session;
  const organizationId = options.organizationId ?? session.organizationId;
  const label = options.label ?? session.label ?? null;
  try {
    await manager.query(
      `insert into sessions
         (id, organization_id, label, rate_per_min, rate_per_hour, wa_jid, wa_lid, phone_number, created_at, updated_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)`,
      [id, organizationId, label, ratePerMin, ratePerHour, waJid, waLid ?? null, phoneNumber, Date.now()],
    );
  } catch (error) {
    if (!violatesUnique(error, 'sessions_label_key')) throw error;
    throw new SessionTransferError('another session of the organization has this label: give it another one', {
      cause: error,
    });
  }
  // The credentials are written under the first fence, which the first claim raises.
  await manager.query('insert into session_leases (session_id, fence) values ($1, 1)', [id]);
}
