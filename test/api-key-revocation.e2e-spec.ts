import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { ApiKeyRevocations, KnownApiKeys, newApiKey } from '#auth';
import { ApiKeyRepository, Database, Wakeups } from '#store';
import { openStore, OURS, type Store } from './store/open-store.js';
import { proxyTo, type TcpProxy } from './store/tcp-proxy.js';
import { eventually } from './support/eventually.js';
import { startGateway } from './support/start-gateway.js';

const A_SECOND = 1_000;

/** Asked again for as long as it may take to be known. */
const within = async (ms: number, ask: () => Promise<void> | void): Promise<void> => {
  const start = performance.now();
  await eventually(ask, ms);
  expect(performance.now() - start).toBeLessThan(ms);
};

describe('an api-key that another process deletes', () => {
  /** The other process. */
  let store: Store;
  /** Between this process and what tells it of changes. */
  let proxy: TcpProxy;
  let database: Database;
  let wakeups: Wakeups;
  let known: KnownApiKeys;
  let revocations: ApiKeyRevocations;

  beforeEach(async () => {
    Logger.overrideLogger(false);
    store = await openStore();
    proxy = await proxyTo(store.url);
    database = await Database.connect({ url: store.url });
    wakeups = new Wakeups({ url: proxy.url, connectTimeoutMs: 500 }, { retryMs: 10, longestRetryMs: 50 });
    const keys = new ApiKeyRepository(database);
    known = new KnownApiKeys(keys, wakeups);
    revocations = new ApiKeyRevocations(wakeups, keys);
    await isTold();
  });
  afterEach(async () => {
    await revocations.beforeApplicationShutdown();
    await wakeups.close();
    await database.close();
    await proxy.close();
    await store.close();
    Logger.overrideLogger(true);
  });

  const isTold = (): Promise<void> => eventually(() => expect(wakeups.isListening).toBe(true));
  const isUntold = (): Promise<void> => eventually(() => expect(wakeups.isListening).toBe(false));
  const createKey = async (): Promise<string> => {
    const { id, hash: secretHash } = newApiKey();
    await store.apiKeys.create({ ...OURS, id, secretHash, name: 'script', capabilities: ['read'] });
    return id;
  };
  const isRefused = async (id: string): Promise<void> => expect(await known.find(id)).toBeUndefined();
  const reopen = async (): Promise<void> => {
    proxy = await proxyTo(store.url, Number(new URL(proxy.url).port));
  };

  it('is forgotten at once', async () => {
    const id = await createKey();
    expect(await known.find(id)).toBeDefined();
    await store.apiKeys.delete(OURS, id);
    await within(A_SECOND, () => isRefused(id));
  });

  it('is still known when somebody tried to who may not', async () => {
    const id = await createKey();
    expect(await known.find(id)).toBeDefined();
    await store.apiKeys.delete({ organizationId: 'theirs' }, id).catch(() => undefined);
    expect(await known.find(id)).toBeDefined();
  });

  it.each([
    ['cut off from', () => proxy.close()],
    ['met with silence by', () => Promise.resolve(proxy.silence())],
  ])('is forgotten within a second by a process that is %s what tells it', async (_, cutOff) => {
    const id = await createKey();
    expect(await known.find(id)).toBeDefined();
    await cutOff();
    await store.apiKeys.delete(OURS, id);
    await within(A_SECOND, () => isRefused(id));
  });

  it('is not relied on because it was remembered while nobody told of changes', async () => {
    const id = await createKey();
    await proxy.close();
    await isUntold();
    expect(await known.find(id)).toBeDefined();
    await store.apiKeys.delete(OURS, id);
    await reopen();
    await isTold();
    await isRefused(id);
  });

  describe('and gave somebody something that goes on', () => {
    const watch = (id: string): { revoked: number; stop: () => void } => {
      const watched = { revoked: 0, stop: revocations.watch(id, () => (watched.revoked += 1)) };
      return watched;
    };

    it('is told to whoever watches it, once, and to nobody who watches another one or has stopped', async () => {
      const [id, other] = [await createKey(), await createKey()];
      const [one, two, stopped, another] = [watch(id), watch(id), watch(id), watch(other)];
      stopped.stop();
      await store.apiKeys.delete(OURS, id);
      await within(A_SECOND, () => expect([one.revoked, two.revoked]).toEqual([1, 1]));
      one.stop();
      const last = watch(await createKey());
      await eventually(async () => {
        await store.apiKeys.delete(OURS, other).catch(() => undefined);
        expect(another.revoked).toBe(1);
      });
      expect([one, two, stopped, last].map(({ revoked }) => revoked)).toEqual([1, 1, 0, 0]);
    });

    it('is told although it was gone before anybody watched it', async () => {
      const id = await createKey();
      await store.apiKeys.delete(OURS, id);
      const watched = watch(id);
      await within(A_SECOND, () => expect(watched.revoked).toBe(1));
    });

    it.each([
      ['cut off', () => proxy.close()],
      ['met with silence', () => Promise.resolve(proxy.silence())],
    ])('is told within a second while this process is %s', async (_, cutOff) => {
      const [id, other] = [await createKey(), await createKey()];
      const [watched, another] = [watch(id), watch(other)];
      await cutOff();
      await store.apiKeys.delete(OURS, id);
      await within(A_SECOND, () => expect(watched.revoked).toBe(1));
      expect(another.revoked).toBe(0);
    });

    it('is told once the database is back, when that was away altogether', async () => {
      const id = await createKey();
      const watched = watch(id);
      const query = database.rows.bind(database);
      database.rows = () => Promise.reject(new Error('away'));
      await proxy.close();
      await isUntold();
      await store.apiKeys.delete(OURS, id);
      await reopen();
      await isTold();
      database.rows = query;
      await within(A_SECOND, () => expect(watched.revoked).toBe(1));
    });

    it('is told to the others although one of them throws', async () => {
      const id = await createKey();
      revocations.watch(id, () => {
        throw new Error('broken');
      });
      const watched = watch(id);
      await store.apiKeys.delete(OURS, id);
      await within(A_SECOND, () => expect(watched.revoked).toBe(1));
    });
  });
});

describe('an api-key that one gateway deletes', () => {
  it('is refused by another gateway on the same database at once', async () => {
    const first = await startGateway();
    const second = await startGateway({ environment: { DATABASE_URL: first.database.url } });
    const owner = await first.jwt();
    const { body } = await first.request('POST', '/api/v1/api-keys', {
      token: owner,
      body: { name: 'script', capabilities: ['read'] },
    });
    const { id, secret } = body as { id: string; secret: string };
    const ask = async (): Promise<number> =>
      (await second.request('GET', '/api/v1/sessions', { token: secret })).status;
    await eventually(() => expect(second.app.get(Wakeups).isListening).toBe(true));
    expect([await ask(), await ask()]).toEqual([200, 200]);
    expect((await first.request('DELETE', `/api/v1/api-keys/${id}`, { token: owner })).status).toBe(204);
    await within(A_SECOND, async () => expect(await ask()).toBe(401));
    expect(JSON.stringify([...first.log, ...second.log])).not.toContain(secret);
    await second.close();
    await first.close();
  });
});
