import { NotFoundError } from '#errors';
import { LeaseLostError, type SessionLease, type StoredCredential } from '#whatsapp';
import { Injectable } from '@nestjs/common';
import { Database, type Statement } from '../database.js';
import { HELD } from './held-lease.js';

const LIST: Statement = {
  name: 'credentials.list',
  text: `
    select kind, id, octet_length(value) as bytes, (extract(epoch from now() - updated_at) * 1000)::float8 as age_ms
    from session_credentials where session_id = $1`,
};
/** Who writes one of the rows at this moment needs it: it is left alone, and nobody waits for anybody. */
const REMOVE: Statement = {
  name: 'credentials.remove',
  text: `
    with ${HELD}, doomed as (
      select c.kind, c.id
      from held, unnest($3::text[], $4::text[]) as given (kind, id), session_credentials c
      where c.session_id = held.id and c.kind = given.kind and c.id = given.id
        and c.updated_at < now() - $5 * interval '1 ms'
      for update of c skip locked
    ), removed as (
      delete from session_credentials c using doomed
      where c.session_id = $1 and c.kind = doomed.kind and c.id = doomed.id
      returning c.kind, c.id
    )
    select exists (select from held) as held, removed.kind, removed.id from owner left join removed on true`,
};

interface ListedRow {
  kind: string;
  id: string;
  bytes: number;
  age_ms: number;
}

interface RemovedRow {
  held: boolean;
  kind: string | null;
  id: string | null;
}

/** Stored credentials from outside: what there is and how old, without the key to it. */
@Injectable()
export class CredentialInventory {
  constructor(private readonly database: Database) {}

  /** All of the session's, some hundred bytes each however large the credential. */
  async list(sessionId: string): Promise<StoredCredential[]> {
    const rows = await this.database.rows<ListedRow>(LIST, [sessionId]);
    return rows.map(({ kind, id, bytes, age_ms: ageMs }) => ({ kind, id, bytes, ageMs }));
  }

  /**
   * Removes those of `items` that nobody wrote for `ageMs`; returns them. Throws `LeaseLostError`, and removes nothing,
   * once somebody was given a newer lease of the session; `NotFoundError('session')` when it is gone.
   */
  async remove(
    lease: SessionLease,
    items: readonly StoredCredential[],
    ageMs: number,
  ): Promise<Pick<StoredCredential, 'kind' | 'id'>[]> {
    const values = [lease.sessionId, lease.fence, items.map(({ kind }) => kind), items.map(({ id }) => id), ageMs];
    const rows = await this.database.rows<RemovedRow>(REMOVE, values);
    const [first] = rows;
    if (!first) throw new NotFoundError('session');
    if (!first.held) throw new LeaseLostError(lease.sessionId);
    return rows.flatMap(({ kind, id }) => (kind === null || id === null ? [] : { kind, id }));
  }
}
