import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { NotFoundError } from '#errors';
import { LeaseLostError, type SessionLease } from '#whatsapp';
import { ProcessLock } from '#store';
import { eventually } from '../support/eventually.js';
import { openStore, OURS, type Store } from './open-store.js';

const LONG_MS = 60_000;
const UNKNOWN = '01J00000000000000000000000';
const item = (value: string) => ({ kind: 'k', id: 'a', value: Buffer.from(value) });

let store: Store;
let client: pg.Client;
let session: string;

beforeAll(async () => {
  store = await openStore();
  client = new pg.Client({ connectionString: store.url });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await store.close();
});
beforeEach(async () => {
  session = (await store.sessions.create(OURS)).id;
});

const claim = async (name: string, options: { lock?: number; ttlMs?: number } = {}) => {
  const { lock, ttlMs = LONG_MS } = options;
  const [lease] = await store.leases.claim([session], { name, lock }, ttlMs);
  return lease;
};

const given = async (...args: Parameters<typeof claim>): Promise<SessionLease> => {
  const lease = await claim(...args);
  if (!lease) throw new Error('the lease was not given');
  return lease;
};

async function row(): Promise<{ fence: string; holder: string | null; remaining: number | null }> {
  const { rows } = await client.query<{ fence: string; holder: string | null; remaining: number | null }>(
    `select fence, holder, extract(epoch from expires_at - now())::float8 * 1000 as remaining
     from session_leases where session_id = $1`,
    [session],
  );
  const [found] = rows;
  if (!found) throw new Error('there is no such row');
  return found;
}

async function stored(): Promise<string | undefined> {
  return (await store.credentials.read(session, 'k', ['a'])).get('a')?.toString();
}

/** Once so many statements wait for a lock of somebody else. */
const waiting = (statements: number): Promise<void> =>
  eventually(async () => {
    const { rowCount } = await client.query(
      "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
    );
    expect(rowCount).toBe(statements);
  });

describe('the lease of a session', () => {
  it('has a fence that rises with every claim and never falls, whoever claims and whatever was given back', async () => {
    const fences: number[] = [];
    for (const name of ['one', 'one', 'other']) {
      const lease = await given(name);
      fences.push(lease.fence);
      await store.leases.release([lease]);
    }
    expect(fences).toEqual([1, 2, 3]);
    expect(await row()).toEqual({ fence: '3', holder: null, remaining: null });
  });

  it('is given for many sessions at once, and for none that does not exist', async () => {
    const more = await Promise.all([1, 2, 3].map(async () => (await store.sessions.create(OURS)).id));
    const leases = await store.leases.claim([UNKNOWN, ...more], { name: 'one' }, LONG_MS);
    expect(leases.map(({ sessionId }) => sessionId).sort()).toEqual(more.sort());
  });

  it('is for one of those that ask at once (pain 2)', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, (_, n) => claim(`holder ${n}`)));
    expect(answers.filter((lease) => lease !== undefined)).toEqual([{ sessionId: session, fence: 1 }]);
  });

  it('is not given to another until it is given back (pain 2)', async () => {
    const lease = await given('one');
    expect(await claim('other')).toBeUndefined();
    await store.leases.release([lease]);
    expect(await claim('other')).toMatchObject({ fence: 2 });
  });

  it('is given to another once it ran out', async () => {
    await given('one', { ttlMs: 0 });
    expect(await claim('other')).toMatchObject({ fence: 2 });
    expect(await row()).toMatchObject({ holder: 'other' });
  });

  it('lasts as long as was asked for, by the clock of the database, anew with each renewal', async () => {
    const lease = await given('one', { ttlMs: 1_000 });
    expect((await row()).remaining).toBeLessThanOrEqual(1_000);
    expect(await store.leases.renew([lease], { name: 'one' }, LONG_MS)).toEqual([lease]);
    expect((await row()).remaining).toBeGreaterThan(30_000);
  });

  it('is renewed unless somebody else was given one, also when it had run out', async () => {
    const lease = await given('one', { ttlMs: 0 });
    expect(await store.leases.renew([lease], { name: 'one' }, 0)).toEqual([lease]);
    await given('other');
    expect(await store.leases.renew([lease], { name: 'one' }, LONG_MS)).toEqual([]);
    expect(await row()).toMatchObject({ fence: '2', holder: 'other' });
  });

  it('is not brought back by a renewal that was under way when it was given back', async () => {
    const lease = await given('one');
    await store.leases.release([lease]);
    expect(await store.leases.renew([lease], { name: 'one' }, LONG_MS)).toEqual([]);
    expect(await claim('other')).toBeDefined();
  });

  it('that was taken over cannot be given back by its former holder', async () => {
    const lease = await given('one', { ttlMs: 0 });
    await given('other');
    await store.leases.release([lease]);
    expect(await row()).toMatchObject({ fence: '2', holder: 'other' });
  });

  it('is renewed together with all others in one statement, and each only for itself', async () => {
    const others = await Promise.all([1, 2, 3].map(async () => (await store.sessions.create(OURS)).id));
    const leases = await store.leases.claim([session, ...others], { name: 'one' }, 0);
    await given('other');
    const renewed = await store.leases.renew(leases, { name: 'one' }, LONG_MS);
    expect(renewed.map(({ sessionId }) => sessionId).sort()).toEqual(others.sort());
  });

  it('ends with its session', async () => {
    const lease = await given('one');
    await store.sessions.delete(OURS, session);
    await expect(row()).rejects.toThrow('no such row');
    expect(await store.leases.renew([lease], { name: 'one' }, LONG_MS)).toEqual([]);
  });
});

describe('the holder of a lease', () => {
  const locks: ProcessLock[] = [];
  const hold = async (): Promise<ProcessLock> => {
    const lock = await ProcessLock.acquire(store.url, { onEvent: () => undefined, patienceMs: 5_000 });
    locks.push(lock);
    return lock;
  };
  afterEach(() => Promise.all(locks.splice(0).map((lock) => lock.release())));

  it('is known to live by a lock of its own, and its sessions go to the next one at once when that is gone', async () => {
    const first = await hold();
    await given(first.holder.name, first.holder);
    expect(await claim('other')).toBeUndefined();
    await first.release();
    const next = await hold();
    expect(next.holder.lock).not.toBe(first.holder.lock);
    expect(await claim(next.holder.name, next.holder)).toMatchObject({ fence: 2 });
  });

  it('may claim anew what is its own', async () => {
    const { holder } = await hold();
    await given(holder.name, holder);
    expect(await claim(holder.name, holder)).toMatchObject({ fence: 2 });
  });

  it('is told from one on another database', async () => {
    const { holder } = await hold();
    await given('one', { lock: holder.lock });
    const elsewhere = await openStore();
    const { id } = await elsewhere.sessions.create(OURS);
    await elsewhere.leases.claim([id], { name: 'dead', lock: holder.lock }, LONG_MS);
    expect(await elsewhere.leases.claim([id], { name: 'other' }, LONG_MS)).toHaveLength(1);
    await elsewhere.close();
    expect(await claim('other')).toBeUndefined();
  });
});

describe('what is written under a lease', () => {
  it('is refused, and nothing of it stored, once somebody was given a newer one (pain 23)', async () => {
    const former = await given('one', { ttlMs: 0 });
    await store.credentials.write(former, [item('before')]);
    const current = await given('other');
    await expect(store.credentials.write(former, [item('late'), { ...item('late'), id: 'b' }])).rejects.toThrow(
      LeaseLostError,
    );
    await expect(store.credentials.write(former, [{ ...item(''), value: null }])).rejects.toThrow(LeaseLostError);
    await expect(store.credentials.clear(former)).rejects.toThrow(LeaseLostError);
    expect(await stored()).toBe('before');
    expect((await store.credentials.read(session, 'k', ['b'])).size).toBe(0);
    await store.credentials.write(current, [item('after')]);
    expect(await stored()).toBe('after');
  });

  it('is still taken after the lease ran out or was given back, as long as nobody else has one', async () => {
    const lease = await given('one', { ttlMs: 0 });
    await store.credentials.write(lease, [item('ran out')]);
    await store.leases.release([lease]);
    await store.credentials.write(lease, [item('given back')]);
    expect(await stored()).toBe('given back');
  });

  it('is complete before somebody else is given one: a claim waits for a write under way', async () => {
    const lease = await given('one', { ttlMs: 0 });
    await store.credentials.write(lease, [item('before')]);
    await client.query('begin');
    await client.query('select from session_credentials where session_id = $1 for update', [session]);
    const written = store.credentials.write(lease, [item('under way')]);
    await waiting(1);
    const claimed = claim('other');
    await waiting(2);
    await client.query('commit');
    await written;
    expect(await claimed).toMatchObject({ fence: 2 });
    expect(await stored()).toBe('under way');
  });

  it('is refused when it had to wait for somebody to be given one (pain 23)', async () => {
    const lease = await given('one');
    await store.credentials.write(lease, [item('before')]);
    await client.query('begin');
    await client.query('update session_leases set fence = fence + 1 where session_id = $1', [session]);
    const written = store.credentials.write(lease, [item('late')]);
    written.catch(() => undefined);
    await waiting(1);
    await client.query('commit');
    await expect(written).rejects.toThrow(LeaseLostError);
    expect(await stored()).toBe('before');
  });

  it('is of no session when that was deleted', async () => {
    const lease = await given('one');
    await store.sessions.delete(OURS, session);
    await expect(store.credentials.write(lease, [item('late')])).rejects.toThrow(NotFoundError);
    await expect(store.credentials.clear(lease)).resolves.toBeUndefined();
  });

  it('tells nothing of the session any more once somebody else has it', async () => {
    const former = await given('one', { ttlMs: 0 });
    expect(await store.sessions.updateState(session, { status: 'working' }, former.fence)).toBeDefined();
    await given('other');
    const late = await store.sessions.updateState(session, { desired: 'stopped', status: 'failed' }, former.fence);
    expect(late).toBeUndefined();
    expect(await store.sessions.stateOf(session)).toMatchObject({ status: 'working' });
  });
});
