import { NotFoundError } from '#errors';
import { CredentialStore, LeaseLostError, type CredentialItem, type SessionLease } from '#whatsapp';
import { Injectable } from '@nestjs/common';
import { Database, type Statement } from '../database.js';
import { sessionPlace } from './credential-place.js';
import { CredentialsCipher } from './credentials-cipher.js';
import { CredentialsKeyRing } from './credentials-key-ring.js';
import { HELD } from './held-lease.js';

const READ: Statement = {
  name: 'credentials.read',
  text: 'select id, key_id, value from session_credentials where session_id = $1 and kind = $2 and id = any ($3)',
};
const WRITE: Statement = {
  name: 'credentials.write',
  text: `
    with ${HELD}, removed as (
      delete from session_credentials c using held, unnest($3::text[], $4::text[]) as r (kind, id)
      where c.session_id = held.id and c.kind = r.kind and c.id = r.id
    ), stored as (
      insert into session_credentials (session_id, kind, id, key_id, value)
      select held.id, v.* from held, unnest($5::text[], $6::text[], $7::text[], $8::bytea[]) as v (kind, id, key_id, value)
      on conflict (session_id, kind, id) do update
        set key_id = excluded.key_id, value = excluded.value, updated_at = now()
    )
    select exists (select from held) as held from owner`,
};
const CLEAR: Statement = {
  name: 'credentials.clear',
  text: `
    with ${HELD}, cleared as (
      delete from session_credentials c using held where c.session_id = held.id
    )
    select exists (select from held) as held from owner`,
};

interface CredentialRow {
  id: string;
  key_id: string;
  value: Buffer;
}

interface OwnerRow {
  held: boolean;
}

/** Credentials in PostgreSQL, encrypted. */
@Injectable()
export class DatabaseCredentialStore extends CredentialStore {
  private readonly cipher: CredentialsCipher;

  constructor(
    private readonly database: Database,
    keys: CredentialsKeyRing,
  ) {
    super();
    this.cipher = new CredentialsCipher(keys);
  }

  /** Throws `CredentialsUnreadableError` when a value is there and cannot be decrypted. */
  async read(sessionId: string, kind: string, ids: readonly string[]): Promise<Map<string, Uint8Array>> {
    const rows = await this.database.rows<CredentialRow>(READ, [sessionId, kind, ids]);
    return new Map(
      rows.map(({ id, key_id: keyId, value }) => [
        id,
        this.cipher.open(sessionPlace(sessionId, kind, id), { keyId, value }),
      ]),
    );
  }

  /**
   * Of several values for one item the last one counts. Throws `LeaseLostError`, and `NotFoundError('session')` once that
   * is deleted.
   */
  async write({ sessionId, fence }: SessionLease, items: readonly CredentialItem[]): Promise<void> {
    if (items.length === 0) return;
    const latest = [...new Map(items.map((item) => [`${item.kind}\n${item.id}`, item])).entries()];
    // In one order always: two writers that lock the same rows never wait for each other in a circle.
    latest.sort(([one], [other]) => (one < other ? -1 : 1));
    const removed = latest.flatMap(([, { kind, id, value }]) => (value === null ? [{ kind, id }] : []));
    const stored = latest.flatMap(([, { kind, id, value }]) =>
      value === null ? [] : [{ kind, id, ...this.cipher.seal(sessionPlace(sessionId, kind, id), value) }],
    );
    const values = [
      sessionId,
      fence,
      removed.map(({ kind }) => kind),
      removed.map(({ id }) => id),
      stored.map(({ kind }) => kind),
      stored.map(({ id }) => id),
      stored.map(({ keyId }) => keyId),
      stored.map(({ value }) => value),
    ];
    const [owner] = await this.database.rows<OwnerRow>(WRITE, values);
    if (!owner) throw new NotFoundError('session');
    if (!owner.held) throw new LeaseLostError(sessionId);
  }

  /** Throws `LeaseLostError`. Of a session that was deleted nothing is left to forget. */
  async clear({ sessionId, fence }: SessionLease): Promise<void> {
    const [owner] = await this.database.rows<OwnerRow>(CLEAR, [sessionId, fence]);
    if (owner && !owner.held) throw new LeaseLostError(sessionId);
  }
}
