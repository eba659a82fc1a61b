import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { NotFoundError } from '#errors';
import { CredentialsKeyRing, CredentialsUnreadableError, DatabaseCredentialStore } from '#store';
import type { SessionLease } from '#whatsapp';
import { openStore, OURS, type Store } from './open-store.js';

const bytes = (text: string): Buffer => Buffer.from(text);

describe('stored credentials', () => {
  const key = randomBytes(32);
  let store: Store;
  let credentials: DatabaseCredentialStore;
  let session: string;
  let lease: SessionLease;

  const storeWith = (current: Buffer, previous?: Buffer): DatabaseCredentialStore =>
    new DatabaseCredentialStore(store.database, new CredentialsKeyRing(current, previous));
  const query = (text: string, values: unknown[]) => store.database.dataSource.query<{ value: Buffer }[]>(text, values);

  beforeAll(async () => {
    store = await openStore();
    credentials = storeWith(key);
  });
  afterAll(() => store.close());
  beforeEach(async () => {
    session = (await store.sessions.create(OURS)).id;
    lease = await store.lease(session);
  });

  it('are given back by kind and id, without those that do not exist', async () => {
    await credentials.write(lease, [
      { kind: 'creds', id: '', value: bytes('account') },
      { kind: 'pre-key', id: '1', value: bytes('one') },
      { kind: 'pre-key', id: '2', value: bytes('two') },
      { kind: 'session', id: '1', value: bytes('other kind') },
    ]);
    expect(await credentials.read(session, 'creds', [''])).toEqual(new Map([['', bytes('account')]]));
    expect(await credentials.read(session, 'pre-key', ['1', '2', '3'])).toEqual(
      new Map([
        ['1', bytes('one')],
        ['2', bytes('two')],
      ]),
    );
    expect(await credentials.read(session, 'sender-key', ['1'])).toEqual(new Map());
    expect(await credentials.read(session, 'pre-key', [])).toEqual(new Map());
  });

  it('are replaced and deleted, of two values for one the last', async () => {
    await credentials.write(lease, [
      { kind: 'k', id: 'a', value: bytes('1') },
      { kind: 'k', id: 'b', value: bytes('1') },
    ]);
    await credentials.write(lease, [
      { kind: 'k', id: 'a', value: bytes('2') },
      { kind: 'k', id: 'a', value: bytes('3') },
      { kind: 'k', id: 'b', value: null },
      { kind: 'k', id: 'never', value: null },
      { kind: 'k', id: 'c', value: null },
      { kind: 'k', id: 'c', value: bytes('4') },
    ]);
    expect(await credentials.read(session, 'k', ['a', 'b', 'c'])).toEqual(
      new Map([
        ['a', bytes('3')],
        ['c', bytes('4')],
      ]),
    );
  });

  it('are written all or not at all', async () => {
    await credentials.write(lease, [{ kind: 'k', id: 'a', value: bytes('before') }]);
    const items = [
      { kind: 'k', id: 'a', value: null },
      { kind: 'k', id: 'b', value: bytes('new') },
      { kind: 'k', id: 'no NUL \0 in text', value: bytes('refused') },
    ];
    await expect(credentials.write(lease, items)).rejects.toThrow();
    expect(await credentials.read(session, 'k', ['a', 'b'])).toEqual(new Map([['a', bytes('before')]]));
  });

  it('of a first login fit into one write', async () => {
    const items = Array.from({ length: 900 }, (_, i) => ({ kind: 'pre-key', id: String(i), value: randomBytes(200) }));
    await credentials.write(lease, items);
    const read = await credentials.read(
      session,
      'pre-key',
      items.map(({ id }) => id),
    );
    expect(items.every(({ id, value }) => value.equals(read.get(id) ?? bytes('')))).toBe(true);
  });

  it('are not readable in the database', async () => {
    await credentials.write(lease, [{ kind: 'creds', id: '', value: bytes('a very private key') }]);
    const [row] = await query('select value from session_credentials where session_id = $1', [session]);
    expect(row?.value.includes('private')).toBe(false);
  });

  it('under a key that is not known are an error, never absent', async () => {
    await credentials.write(lease, [{ kind: 'creds', id: '', value: bytes('x') }]);
    await expect(storeWith(randomBytes(32)).read(session, 'creds', [''])).rejects.toThrow(CredentialsUnreadableError);
    expect((await storeWith(randomBytes(32), key).read(session, 'creds', [''])).size).toBe(1);
  });

  it('that were copied to another session are an error, never absent', async () => {
    const other = (await store.sessions.create(OURS)).id;
    await credentials.write(lease, [{ kind: 'creds', id: '', value: bytes('x') }]);
    await query('update session_credentials set session_id = $2 where session_id = $1', [session, other]);
    await expect(credentials.read(other, 'creds', [''])).rejects.toThrow(CredentialsUnreadableError);
  });

  it('are forgotten with their session only', async () => {
    const other = (await store.sessions.create(OURS)).id;
    for (const each of [lease, await store.lease(other)])
      await credentials.write(each, [{ kind: 'creds', id: '', value: bytes('x') }]);
    await credentials.clear(lease);
    expect((await credentials.read(session, 'creds', [''])).size).toBe(0);
    expect((await credentials.read(other, 'creds', [''])).size).toBe(1);
  });

  it('cannot be written for a session that was deleted', async () => {
    await store.sessions.delete(OURS, session);
    await expect(credentials.write(lease, [{ kind: 'creds', id: '', value: bytes('x') }])).rejects.toThrow(
      new NotFoundError('session'),
    );
    await expect(credentials.write(lease, [])).resolves.toBeUndefined();
  });
});
