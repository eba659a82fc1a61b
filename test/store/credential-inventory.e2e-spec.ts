import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { NotFoundError } from '#errors';
import { CredentialInventory } from '#store';
import { LeaseLostError, type CredentialItem, type SessionLease, type StoredCredential } from '#whatsapp';
import { openStore, OURS, type Store } from './open-store.js';

const DAY_MS = 86_400_000;
const item = (kind: string, id: string): CredentialItem => ({ kind, id, value: Buffer.from(`${kind} ${id}`) });
const places = (items: readonly Pick<StoredCredential, 'kind' | 'id'>[]): string[] =>
  items.map(({ kind, id }) => `${kind} ${id}`).sort();

describe('the inventory of credentials', () => {
  let store: Store;
  let inventory: CredentialInventory;
  let lease: SessionLease;

  const query = (text: string, values: unknown[]) => store.database.dataSource.query<unknown[]>(text, values);
  const aged = (sessionId: string, days: number) =>
    query(`update session_credentials set updated_at = now() - $2 * interval '1 day' where session_id = $1`, [
      sessionId,
      days,
    ]);
  const session = async (): Promise<SessionLease> => store.lease((await store.sessions.create(OURS)).id);
  const listed = (of: SessionLease = lease): Promise<StoredCredential[]> => inventory.list(of.sessionId);

  beforeAll(async () => {
    store = await openStore();
    inventory = new CredentialInventory(store.database);
  });
  afterAll(() => store.close());
  beforeEach(async () => {
    lease = await session();
  });

  it('tells how large each is as stored, and how long nobody wrote it', async () => {
    await store.credentials.write(lease, [item('session', 'a'), item('creds', '')]);
    await aged(lease.sessionId, 3);
    await store.credentials.write(lease, [item('creds', '')]);
    const [creds, old] = (await listed()).sort((one, other) => (one.kind < other.kind ? -1 : 1));
    expect(old).toMatchObject({ kind: 'session', id: 'a', bytes: 12 + 16 + 'session a'.length });
    expect(old?.ageMs).toBeGreaterThanOrEqual(3 * DAY_MS);
    expect(old?.ageMs).toBeLessThan(3.1 * DAY_MS);
    expect(creds?.ageMs).toBeLessThan(0.1 * DAY_MS);
  });

  it('removes what it is given and nothing else, of that session alone', async () => {
    const other = await session();
    for (const one of [lease, other]) {
      await store.credentials.write(one, [item('session', 'a'), item('session', 'b'), item('pre-key', 'a')]);
      await aged(one.sessionId, 3);
    }
    const wanted = (await listed()).filter(({ id }) => id === 'a');
    expect(places(await inventory.remove(lease, wanted, DAY_MS))).toEqual(['pre-key a', 'session a']);
    expect(places(await listed())).toEqual(['session b']);
    expect(places(await listed(other))).toEqual(['pre-key a', 'session a', 'session b']);
    expect(await inventory.remove(lease, wanted, DAY_MS)).toEqual([]);
  });

  it('leaves alone what was written since it was listed', async () => {
    await store.credentials.write(lease, [item('session', 'a'), item('session', 'b')]);
    await aged(lease.sessionId, 3);
    const all = await listed();
    await store.credentials.write(lease, [item('session', 'a')]);
    expect(places(await inventory.remove(lease, all, DAY_MS))).toEqual(['session b']);
    expect(places(await listed())).toEqual(['session a']);
  });

  it('neither removes nor waits for what is being written', async () => {
    await store.credentials.write(lease, [item('session', 'a'), item('session', 'b')]);
    await aged(lease.sessionId, 3);
    const all = await listed();
    const writer = store.database.dataSource.createQueryRunner();
    await writer.startTransaction();
    await writer.query(`select 1 from session_credentials where session_id = $1 and id = 'a' for update`, [
      lease.sessionId,
    ]);
    expect(places(await inventory.remove(lease, all, DAY_MS))).toEqual(['session b']);
    await writer.rollbackTransaction();
    await writer.release();
  });

  it('removes nothing for a former holder, nor of a session that is gone', async () => {
    await store.credentials.write(lease, [item('session', 'a')]);
    await aged(lease.sessionId, 3);
    const all = await listed();
    const newer = await store.lease(lease.sessionId);
    await expect(inventory.remove(lease, all, DAY_MS)).rejects.toThrow(LeaseLostError);
    expect(places(await listed())).toEqual(['session a']);
    await store.sessions.delete(OURS, lease.sessionId);
    await expect(inventory.remove(newer, all, DAY_MS)).rejects.toThrow(new NotFoundError('session'));
  });
});
