import { NotFoundError } from '#errors';
import { CredentialStore, type CredentialItem } from '#whatsapp';
import { Injectable } from '@nestjs/common';
import { Database, type Statement } from '../database.js';
import { CredentialsCipher } from './credentials-cipher.js';
import { CredentialsKeyRing } from './credentials-key-ring.js';

const READ: Statement = {
  name: 'credentials.read',
  text: 'select id, key_id, value from session_credentials where session_id = $1 and kind = $2 and id = any ($3)',
};
/** The session's row is locked first, as its deletion does: the two never wait for each other in a circle. */
const WRITE: Statement = {
  name: 'credentials.write',
  text: `
    with owner as (
      select id from sessions where id = $1 for key share
    ), removed as (
      delete from session_credentials c using owner, unnest($2::text[], $3::text[]) as r (kind, id)
      where c.session_id = owner.id and c.kind = r.kind and c.id = r.id
    ), stored as (
      insert into session_credentials (session_id, kind, id, key_id, value)
      select owner.id, v.* from owner, unnest($4::text[], $5::text[], $6::text[], $7::bytea[]) as v (kind, id, key_id, value)
      on conflict (session_id, kind, id) do update
        set key_id = excluded.key_id, value = excluded.value, updated_at = now()
    )
    select id from owner`,
};
const CLEAR: Statement = {
  name: 'credentials.clear',
  text: 'delete from session_credentials where session_id = $1',
};

interface CredentialRow {
  id: string;
  key_id: string;
  value: Buffer;
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
      rows.map(({ id, key_id: keyId, value }) => [id, this.cipher.open({ sessionId, kind, id }, { keyId, value })]),
    );
  }

  /** Of several values for one item the last one counts. Throws `NotFoundError('session')` once that is deleted. */
  async write(sessionId: string, items: readonly CredentialItem[]): Promise<void> {
    if (items.length === 0) return;
    const latest = [...new Map(items.map((item) => [`${item.kind}\n${item.id}`, item])).entries()];
    // In one order always: two writers that lock the same rows never wait for each other in a circle.
    latest.sort(([one], [other]) => (one < other ? -1 : 1));
    const removed = latest.flatMap(([, { kind, id, value }]) => (value === null ? [{ kind, id }] : []));
    const stored = latest.flatMap(([, { kind, id, value }]) =>
      value === null ? [] : [{ kind, id, ...this.cipher.seal({ sessionId, kind, id }, value) }],
    );
    const values = [
      sessionId,
      removed.map(({ kind }) => kind),
      removed.map(({ id }) => id),
      stored.map(({ kind }) => kind),
      stored.map(({ id }) => id),
      stored.map(({ keyId }) => keyId),
      stored.map(({ value }) => value),
    ];
    const owners = await this.database.rows(WRITE, values);
    if (owners.length === 0) throw new NotFoundError('session');
  }

  async clear(sessionId: string): Promise<void> {
    await this.database.rows(CLEAR, [sessionId]);
  }
}
