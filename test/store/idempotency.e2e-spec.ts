import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { CredentialsKeyRing, Database, IdempotencyKeys, type Claim, type Claimed, type KeyedRequest } from '#store';
import { CredentialsUnreadableError } from '#whatsapp';
import { IdempotencyRows } from '../support/idempotency-rows.js';
import { openStore, OURS, THEIRS, type Store } from './open-store.js';

const SECRET = randomBytes(32);
const HASHES = { routeHash: Buffer.alloc(32, 1), requestHash: Buffer.alloc(32, 2) };

let store: Store;
let rows: IdempotencyRows;
/** Of a second process on the same database. */
let otherDatabase: Database;
let keys: IdempotencyKeys;
let otherKeys: IdempotencyKeys;
let session: string;

beforeAll(async () => {
  store = await openStore();
  rows = new IdempotencyRows(store.url);
  otherDatabase = await Database.connect({ url: store.url });
  keys = new IdempotencyKeys(store.database, new CredentialsKeyRing(SECRET));
  otherKeys = new IdempotencyKeys(otherDatabase, new CredentialsKeyRing(SECRET));
});

afterAll(async () => {
  await otherDatabase.close();
  await store.close();
});

beforeEach(async () => {
  await rows.forget();
  ({ id: session } = await store.sessions.create(OURS));
});

const request = (parts: Partial<KeyedRequest> = {}): KeyedRequest => ({
  scope: OURS,
  session,
  byLabel: false,
  key: 'k',
  leaseMs: 60_000,
  ...HASHES,
  ...parts,
});

/** The claim of somebody who has one. */
function held(claimed: Claimed): Claim {
  if (!('claim' in claimed)) throw new Error(`it is ${claimed.status}`);
  return claimed.claim;
}

/** What forty processes and more are told at once, by their number. */
async function rush(): Promise<Record<string, number>> {
  const claimed = await Promise.all(
    Array.from({ length: 40 }, (_, n) => (n % 2 === 0 ? keys : otherKeys).claim(request())),
  );
  const counts: Record<string, number> = {};
  for (const { status } of claimed) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

describe('a key', () => {
  it('is the first for exactly one of many, whichever process they ask', async () => {
    expect(await rush()).toEqual({ first: 1, running: 39 });
  });

  it('of a dead owner is taken over by exactly one of many, once its deadline has passed', async () => {
    await keys.claim(request());
    expect(await otherKeys.claim(request())).toMatchObject({ status: 'running' });
    await rows.passDeadlines();
    expect(await rush()).toEqual({ unresolved: 1, running: 39 });
    await rows.passDeadlines();
    expect(await rush()).toEqual({ unresolved: 1, running: 39 });
  });

  it('answers what was stored, to any process, and says how long a running one may be silent', async () => {
    const claim = held(await keys.claim(request()));
    expect(await otherKeys.claim(request())).toEqual({ status: 'running', remainingMs: expect.any(Number) });
    await keys.finish(claim, Buffer.from('outcome'));
    expect(await otherKeys.claim(request())).toEqual({ status: 'done', outcome: Buffer.from('outcome') });
    await rows.passDeadlines();
    expect(await rush()).toEqual({ done: 40 });
  });

  it('is prolonged by its owner', async () => {
    const claim = held(await keys.claim(request()));
    await rows.passDeadlines();
    await keys.prolong(claim);
    expect(await otherKeys.claim(request())).toMatchObject({ status: 'running' });
  });

  it('is free again once it is released, and to be resolved at once when it is left', async () => {
    await keys.release(held(await keys.claim(request())));
    expect(await rows.count()).toBe(0);
    await keys.leave(held(await keys.claim(request())));
    expect(await otherKeys.claim(request())).toMatchObject({ status: 'unresolved' });
  });

  it('belongs to whoever took it over: the owner who was thought dead changes nothing any more', async () => {
    const late = held(await keys.claim(request()));
    await rows.passDeadlines();
    const heir = held(await otherKeys.claim(request()));
    await keys.finish(late, Buffer.from('late'));
    await keys.release(late);
    await keys.leave(late);
    expect(await keys.claim(request())).toMatchObject({ status: 'running' });
    await otherKeys.finish(heir, Buffer.from('found out'));
    await keys.finish(late, Buffer.from('late'));
    expect(await keys.claim(request())).toEqual({ status: 'done', outcome: Buffer.from('found out') });
  });

  it('that is to be resolved is never free to be acted on', async () => {
    await keys.claim(request());
    await rows.passDeadlines();
    const heir = held(await keys.claim(request()));
    await keys.release(heir);
    await rows.passDeadlines();
    expect(await keys.claim(request())).toMatchObject({ status: 'unresolved' });
  });

  it('of another request is reused, also when its owner is dead', async () => {
    await keys.claim(request());
    const other = request({ requestHash: Buffer.alloc(32, 3) });
    expect(await keys.claim(other)).toEqual({ status: 'reused' });
    await rows.passDeadlines();
    expect(await keys.claim(other)).toEqual({ status: 'reused' });
  });

  it.each<[string, Partial<KeyedRequest>]>([
    ['on another path', { routeHash: Buffer.alloc(32, 9) }],
    ['that is spelled otherwise', { key: 'K' }],
  ])('is another one %s', async (_, parts) => {
    await keys.claim(request());
    expect(await keys.claim(request(parts))).toMatchObject({ status: 'first' });
  });

  it('is another one in another organization', async () => {
    await keys.claim(request());
    const theirs = await store.sessions.create(THEIRS);
    const request2 = request({ scope: THEIRS, session: theirs.id, requestHash: Buffer.alloc(32, 3) });
    expect(await keys.claim(request2)).toMatchObject({ status: 'first' });
  });

  it('is new after a day, for one of many', async () => {
    await keys.finish(held(await keys.claim(request())), Buffer.from('old'));
    await rows.expire();
    expect(await rush()).toEqual({ first: 1, running: 39 });
  });
});

describe('the session of a key', () => {
  const missing = { code: 'not_found', message: 'session not found' };

  it.each<[string, () => Partial<KeyedRequest>]>([
    ['is unknown', () => ({ session: 'unknown' })],
    ['is nothing that could be stored', () => ({ session: 'a\0b' })],
    ['belongs to others', () => ({ scope: THEIRS })],
    [
      'is outside of what the caller may see',
      () => ({ scope: { ...OURS, sessionIds: ['01JD4Z0S3M8Q1V7C5T9B2N6XKR'] } }),
    ],
    ['is named by a label where only ids count', () => ({ session: 'labelled' })],
  ])('is not found when it %s, and nothing is stored', async (_, parts) => {
    await store.sessions.create({ ...THEIRS, label: 'labelled' });
    await expect(keys.claim(request(parts()))).rejects.toMatchObject(missing);
    expect(await rows.count()).toBe(0);
    await otherDatabase.dataSource.query('delete from sessions where label is not null');
  });

  it('may be named by its label where that counts', async () => {
    const { id } = await store.sessions.create({ ...OURS, label: 'shop' });
    const claimed = await keys.claim(request({ session: 'shop', byLabel: true }));
    expect(held(claimed).sessionId).toBe(id);
    await expect(keys.claim(request({ session: 'shop', key: 'other' }))).rejects.toMatchObject(missing);
  });

  it('is the one of that id, where another one is labelled so', async () => {
    await store.sessions.create({ ...OURS, label: session });
    expect(held(await keys.claim(request({ byLabel: true }))).sessionId).toBe(session);
  });

  it('takes its keys along when it is deleted', async () => {
    await keys.claim(request());
    await store.sessions.delete(OURS, session);
    expect(await rows.count()).toBe(0);
  });
});

describe('an outcome', () => {
  it('is encrypted, and cannot be read with another key', async () => {
    await keys.finish(held(await keys.claim(request())), Buffer.from('https://chat.whatsapp.com/SecretCode'));
    expect(await rows.dump()).not.toContain('SecretCode');
    const rotated = new IdempotencyKeys(store.database, new CredentialsKeyRing(randomBytes(32), SECRET));
    expect(await rotated.claim(request())).toMatchObject({ status: 'done' });
    const stranger = new IdempotencyKeys(store.database, new CredentialsKeyRing(randomBytes(32)));
    await expect(stranger.claim(request())).rejects.toBeInstanceOf(CredentialsUnreadableError);
  });
});

describe('purging', () => {
  it('removes what has expired, in batches, and nothing else', async () => {
    for (const key of ['a', 'b', 'c']) await keys.claim(request({ key }));
    await rows.expire();
    await keys.claim(request({ key: 'young' }));
    expect([await keys.purge(2), await keys.purge(2), await keys.purge(2)]).toEqual([2, 1, 0]);
    expect(await rows.count()).toBe(1);
  });
});
