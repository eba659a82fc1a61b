import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { NotFoundError } from '#errors';
import { ApiKeyRepository, Database, type ApiKeyRecord, type TenantScope } from '#store';
import { openStore, OURS, THEIRS, type Store } from './open-store.js';

const HASH = createHash('sha256').update('secret').digest();
const S1 = '01ARZ3NDEKTSV4RRFFQ69G5FA1';
const S2 = '01ARZ3NDEKTSV4RRFFQ69G5FA2';
const fields = { name: 'script', capabilities: ['read', 'send'], secretHash: HASH };

describe('stored api-keys', () => {
  let store: Store;

  beforeAll(async () => {
    store = await openStore();
  });
  afterAll(() => store.close());

  it('begin with one key, whoever asks for it at once', async () => {
    const other = await Database.connect({ url: store.url });
    const elsewhere = new ApiKeyRepository(other);
    const first = { ...fields, organizationId: 'default', name: 'first' };
    const made = await Promise.all(
      [1, 2, 3].flatMap(() => [store.apiKeys.createFirst(first), elsewhere.createFirst(first)]),
    );
    await other.close();
    expect(made.filter((key) => key !== undefined)).toEqual([
      expect.objectContaining({ name: 'first', secretHash: HASH }),
    ]);
    expect(await store.apiKeys.countForOrganization('default')).toBe(1);
    expect(await store.apiKeys.createFirst({ ...first, organizationId: 'later' })).toBeUndefined();
  });

  it('keep what they were made with', async () => {
    const key = await store.apiKeys.create({
      ...fields,
      ...OURS,
      sessionIds: [S1, S2],
      allowedCidrs: ['10.0.0.0/8', '::1/128'],
      expiresAt: 1_900_000_000_000,
      createdBy: 'key_x',
    });
    expect(key).toMatchObject({
      id: expect.stringMatching(/^key_[0-9A-Z]{26}$/),
      organizationId: 'ours',
      capabilities: ['read', 'send'],
      secretHash: HASH,
      sessionIds: [S1, S2],
      allowedCidrs: ['10.0.0.0/8', '::1/128'],
      expiresAt: 1_900_000_000_000,
      createdBy: 'key_x',
    });
    expect(await store.apiKeys.findById(key.id)).toEqual(key);
    expect(await store.apiKeys.get(OURS, key.id)).toEqual(key);
    const plain = await store.apiKeys.create({ ...fields, ...OURS, id: 'key_01ARZ3NDEKTSV4RRFFQ69G5FAV' });
    expect(plain).toMatchObject({ id: 'key_01ARZ3NDEKTSV4RRFFQ69G5FAV', sessionIds: undefined, expiresAt: undefined });
  });

  it('remember when they were last used, whatever the order in which that is told', async () => {
    const key = await store.apiKeys.create({ ...fields, ...OURS });
    expect(key.lastUsedAt).toBeUndefined();
    await store.apiKeys.touch(key.id, 2_000);
    await store.apiKeys.touch(key.id, 1_000);
    expect((await store.apiKeys.findById(key.id))?.lastUsedAt).toBe(2_000);
    await store.apiKeys.touch('key_01ARZ3NDEKTSV4RRFFQ69G5FAZ', 1_000);
  });

  it('belong to their organization', async () => {
    const key = await store.apiKeys.create({ ...fields, ...THEIRS });
    await expect(store.apiKeys.get(OURS, key.id)).rejects.toThrow(new NotFoundError('api key'));
    await expect(store.apiKeys.delete(OURS, key.id)).rejects.toThrow(new NotFoundError('api key'));
    expect((await store.apiKeys.list(OURS, {})).data.map(({ id }) => id)).not.toContain(key.id);
    expect(await store.apiKeys.findById(key.id)).toEqual(key);
  });

  it('that reach further than the caller do not exist for it', async () => {
    const organization = { organizationId: 'restricted' };
    const make = (sessionIds?: string[]): Promise<ApiKeyRecord> =>
      store.apiKeys.create({ ...fields, ...organization, sessionIds });
    const [all, one, both] = [await make(), await make([S1]), await make([S1, S2])];
    const seen = async (scope: TenantScope): Promise<string[]> =>
      (await store.apiKeys.list(scope, {})).data.map(({ id }) => id);
    const limited = { ...organization, sessionIds: [S1] };
    expect(await seen(organization)).toEqual([all.id, one.id, both.id]);
    expect(await seen({ ...organization, sessionIds: [S2, S1] })).toEqual([one.id, both.id]);
    expect(await seen(limited)).toEqual([one.id]);
    for (const { id } of [all, both]) {
      await expect(store.apiKeys.get(limited, id)).rejects.toThrow(NotFoundError);
      await expect(store.apiKeys.delete(limited, id)).rejects.toThrow(NotFoundError);
    }
    await store.apiKeys.delete(limited, one.id);
    await expect(store.apiKeys.delete(limited, one.id)).rejects.toThrow(NotFoundError);
    expect(await store.apiKeys.findById(one.id)).toBeUndefined();
  });

  it.each(['', 'key_', 'key_x', '01ARZ3NDEKTSV4RRFFQ69G5FAV', 'key_01ARZ3NDEKTSV4RRFFQ69G5FAV\0'])(
    'are not found by %j',
    async (id) => {
      expect(await store.apiKeys.findById(id)).toBeUndefined();
      await expect(store.apiKeys.get(OURS, id)).rejects.toThrow(NotFoundError);
      await expect(store.apiKeys.delete(OURS, id)).rejects.toThrow(NotFoundError);
    },
  );

  it('are paged', async () => {
    const scope = { organizationId: 'paged' };
    const made: string[] = [];
    for (let i = 0; i < 3; i++) made.push((await store.apiKeys.create({ ...fields, ...scope })).id);
    const first = await store.apiKeys.list(scope, { limit: 2 });
    const second = await store.apiKeys.list(scope, { limit: 2, cursor: first.nextCursor });
    expect([...first.data, ...second.data].map(({ id }) => id)).toEqual(made);
    expect(second.nextCursor).toBe('');
  });
});
