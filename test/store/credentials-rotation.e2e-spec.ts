import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  CredentialsKeyRing,
  CredentialsRotation,
  DatabaseCredentialStore,
  IdempotencyKeys,
  type RotationReport,
  WebhookRepository,
} from '#store';
import type { SessionLease } from '#whatsapp';
import type { SealedTable } from '../../libs/store/src/credentials/sealed-table.js';
import { sealedTables } from '../../libs/store/src/credentials/sealed-tables.js';
import { openStore, OURS, type Store } from './open-store.js';

const OLD = randomBytes(32);
const NEW = randomBytes(32);
const OLD_RING = new CredentialsKeyRing(OLD);
const NEW_RING = new CredentialsKeyRing(NEW);
const BOTH = new CredentialsKeyRing(NEW, OLD);
const bytes = (text: string): Buffer => Buffer.from(text);

describe('rotation of the credentials key', () => {
  let store: Store;
  let session: string;
  let lease: SessionLease;

  const under = (ring: CredentialsKeyRing): DatabaseCredentialStore =>
    new DatabaseCredentialStore(store.database, ring);
  const outcomesUnder = (ring: CredentialsKeyRing): IdempotencyKeys => new IdempotencyKeys(store.database, ring);
  const write = (ring: CredentialsKeyRing, id: string, value: string, holding = lease): Promise<void> =>
    under(ring).write(holding, [{ kind: 'k', id, value: bytes(value) }]);
  const read = async (ring: CredentialsKeyRing, id: string): Promise<string | undefined> =>
    Buffer.from((await under(ring).read(session, 'k', [id])).get(id) ?? []).toString();
  const query = <R>(text: string, values: unknown[] = []): Promise<R[]> =>
    store.database.dataSource.query<R[]>(text, values);

  async function rotate(
    ring = BOTH,
    options = {},
  ): Promise<Record<'credentials' | 'outcomes' | 'webhooks', RotationReport>> {
    const [credentials, outcomes, webhooks] = await new CredentialsRotation(store.database, ring).run(options);
    if (!credentials || !outcomes || !webhooks) throw new Error('a table was left out');
    return { credentials, outcomes, webhooks };
  }

  beforeAll(async () => {
    store = await openStore();
  });
  afterAll(() => store.close());
  beforeEach(async () => {
    await query('delete from sessions');
    session = (await store.sessions.create(OURS)).id;
    lease = await store.lease(session);
  });

  it('leaves nothing under the old key, and every value what it was', async () => {
    const items = Array.from({ length: 1_703 }, (_, n) => ({ kind: 'pre-key', id: String(n), value: randomBytes(50) }));
    await under(OLD_RING).write(lease, items);
    await write(NEW_RING, 'new already', 'x');
    const seen: number[] = [];
    const { credentials } = await rotate(BOTH, {
      onProgress: (_: string, reencrypted: number) => seen.push(reencrypted),
    });
    expect(credentials).toEqual({
      name: 'credentials of sessions',
      reencrypted: 1_703,
      current: 1,
      unreadable: new Map(),
      remaining: 0,
    });
    expect(seen).toEqual([500, 1_000, 1_500, 1_703]);
    const ids = items.map(({ id }) => id);
    const stored = await under(NEW_RING).read(session, 'pre-key', ids);
    expect(items.every(({ id, value }) => value.equals(stored.get(id) ?? bytes('')))).toBe(true);
    expect(await new CredentialsRotation(store.database, NEW_RING).countUnknown()).toBe(0);
  });

  it('finds nothing to do the second time', async () => {
    await write(OLD_RING, 'a', '1');
    await rotate();
    const before = await query('select value from session_credentials');
    expect((await rotate()).credentials).toMatchObject({ reencrypted: 0, current: 1, remaining: 0 });
    expect(await query('select value from session_credentials')).toEqual(before);
  });

  it('does not make a value look as if a session had written it', async () => {
    await write(OLD_RING, 'a', '1');
    const before = await query('select updated_at from session_credentials');
    await rotate();
    expect(await query('select updated_at from session_credentials')).toEqual(before);
  });

  it('takes the outcomes of requests along, and those that are still awaited', async () => {
    const request = (key: string) => ({
      scope: OURS,
      session,
      byLabel: false,
      key,
      leaseMs: 60_000,
      routeHash: Buffer.alloc(32, 1),
      requestHash: Buffer.alloc(32, 2),
    });
    const claimed = await outcomesUnder(OLD_RING).claim(request('done'));
    await outcomesUnder(OLD_RING).claim(request('running'));
    if (!('claim' in claimed)) throw new Error('the key was used before');
    await outcomesUnder(OLD_RING).finish(claimed.claim, bytes('the first answer'));
    expect((await rotate()).outcomes).toMatchObject({ reencrypted: 1, current: 0, remaining: 0 });
    expect(await outcomesUnder(NEW_RING).claim(request('done'))).toEqual({
      status: 'done',
      outcome: bytes('the first answer'),
    });
    expect(await outcomesUnder(NEW_RING).claim(request('running'))).toMatchObject({ status: 'running' });
  });

  describe('and the secrets of webhooks', () => {
    const webhooksUnder = (ring: CredentialsKeyRing): WebhookRepository => new WebhookRepository(store.database, ring);
    const retryPolicy = { policy: 'exponential', delaySeconds: 2, attempts: 15 } as const;
    const made = async (ring: CredentialsKeyRing, secret: string): Promise<string> => {
      const settings = { ...OURS, url: 'https://example.com/', events: ['*'] as const, retryPolicy, active: true };
      return (await webhooksUnder(ring).create(settings, { secret, headers: { 'X-Token': `of ${secret}` } })).id;
    };
    beforeEach(async () => {
      await query('delete from webhooks');
    });

    it('come along, each what it was', async () => {
      const first = await made(OLD_RING, 'first');
      await made(NEW_RING, 'second');
      const { webhooks } = await rotate();
      expect(webhooks).toMatchObject({ name: 'secrets of webhooks', reencrypted: 1, current: 1, remaining: 0 });
      expect((await webhooksUnder(NEW_RING).configurationOf(first))?.secrets).toEqual({
        secret: 'first',
        headers: { 'X-Token': 'of first' },
      });
    });

    it('that nobody can read are named by their webhook', async () => {
      const id = await made(OLD_RING, 'damaged');
      await query('update webhooks set sealed = substr(sealed, 2) where id = $1', [id]);
      const { webhooks } = await rotate();
      expect(webhooks.unreadable).toEqual(new Map([[`webhook ${id}`, 1]]));
    });
  });

  it('says how much of which session nobody can read, leaves it as it is, and goes on', async () => {
    const other = (await store.sessions.create(OURS)).id;
    await write(OLD_RING, 'damaged', '1');
    await write(OLD_RING, 'whole', '2');
    await query(`update session_credentials set value = substr(value, 2) where id = 'damaged'`);
    await write(new CredentialsKeyRing(randomBytes(32)), 'foreign', '3', await store.lease(other));
    const before = await query(`select * from session_credentials where id <> 'whole' order by id`);
    const { credentials } = await rotate();
    expect(credentials).toMatchObject({ reencrypted: 1, remaining: 0 });
    expect(credentials.unreadable).toEqual(
      new Map([
        [`session ${session}`, 1],
        [`session ${other}`, 1],
      ]),
    );
    expect(await query(`select * from session_credentials where id <> 'whole' order by id`)).toEqual(before);
    expect(await read(NEW_RING, 'whole')).toBe('2');
  });

  it('can be stopped after any batch, and says that something remains', async () => {
    await under(OLD_RING).write(
      lease,
      Array.from({ length: 700 }, (_, n) => ({ kind: 'k', id: String(n), value: bytes('v') })),
    );
    const stop = new AbortController();
    const { credentials } = await rotate(BOTH, { signal: stop.signal, onProgress: () => stop.abort() });
    expect(credentials).toMatchObject({ reencrypted: 500, remaining: 200 });
    expect((await rotate()).credentials).toMatchObject({ reencrypted: 200, current: 500, remaining: 0 });
  });

  describe('beside gateways that write', () => {
    let table: SealedTable;
    beforeEach(() => {
      const [first] = sealedTables(store.database);
      if (!first) throw new Error('there is no table');
      table = first;
    });

    /** What a rotation does once it has read `value` of the only row: `meanwhile` comes in between. */
    async function replaceAfter(meanwhile: () => Promise<unknown>): Promise<number> {
      for await (const rows of table.sealedBesides(BOTH.current.id)) {
        await meanwhile();
        return table.replace(
          rows,
          BOTH.current.id,
          rows.map(() => bytes('older')),
        );
      }
      throw new Error('nothing is under the old key');
    }

    it.each([
      ['the new key', NEW_RING],
      ['the old key', OLD_RING],
    ])('never puts an older value in the place of one that was written meanwhile with %s', async (_, ring) => {
      await write(OLD_RING, 'a', 'first');
      expect(await replaceAfter(() => write(ring, 'a', 'newer'))).toBe(0);
      expect(await read(BOTH, 'a')).toBe('newer');
    });

    it('never brings back what was deleted meanwhile', async () => {
      await write(OLD_RING, 'a', 'first');
      expect(await replaceAfter(() => under(NEW_RING).clear(lease))).toBe(0);
      expect(await query('select id from session_credentials')).toEqual([]);
    });

    it('never waits for a writer: what one holds remains, and is said to', async () => {
      for (const id of ['a', 'b']) await write(OLD_RING, id, id);
      const writer = new pg.Client({ connectionString: store.url });
      await writer.connect();
      await writer.query('begin');
      await writer.query(`select 1 from session_credentials where id = 'a' for update`);
      expect((await rotate()).credentials).toMatchObject({ reencrypted: 1, remaining: 1 });
      await writer.query('commit');
      await writer.end();
      expect((await rotate()).credentials).toMatchObject({ reencrypted: 1, remaining: 0 });
      expect(await read(NEW_RING, 'a')).toBe('a');
    });

    it('loses no write of many, whichever comes first', async () => {
      const ids = Array.from({ length: 300 }, (_, n) => String(n));
      const round = (ring: CredentialsKeyRing, value: string): Promise<void> =>
        under(ring).write(
          lease,
          ids.map((id) => ({ kind: 'k', id, value: bytes(value) })),
        );
      await round(OLD_RING, 'round 0');
      const writing = (async () => {
        for (let n = 1; n <= 20; n++) await round(n % 2 === 0 ? NEW_RING : OLD_RING, `round ${n}`);
      })();
      const rotating = (async () => {
        for (let n = 1; n <= 10; n++) await rotate();
      })();
      await Promise.all([writing, rotating]);
      const stored = await under(BOTH).read(session, 'k', ids);
      expect(new Set([...stored.values()].map((value) => Buffer.from(value).toString()))).toEqual(
        new Set(['round 20']),
      );
    });
  });
});
