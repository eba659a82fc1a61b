import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ConflictError, NotFoundError, ValidationError } from '#errors';
import {
  CredentialsKeyRing,
  CredentialsUnreadableError,
  MOST_WEBHOOKS,
  type NewWebhook,
  type TenantScope,
  WEBHOOK_LANES,
  type WebhookRecord,
  WebhookRepository,
} from '#store';
import { eventually } from '../support/eventually.js';
import { openStore, OURS, THEIRS, type Store } from './open-store.js';

const SECRETS = { secret: 'the secret that signs', headers: { Authorization: 'Bearer of the endpoint' } };
const SETTINGS: Omit<NewWebhook, 'organizationId'> = {
  url: 'https://example.com/hook',
  events: ['group.participant', 'session.status'],
  retryPolicy: { policy: 'exponential', delaySeconds: 2, attempts: 15 },
  active: true,
};

describe('stored webhooks', () => {
  let store: Store;

  const query = <R>(text: string, values: unknown[] = []): Promise<R[]> =>
    store.database.dataSource.query<R[]>(text, values);
  const make = (fields: Partial<NewWebhook> = {}): Promise<WebhookRecord> =>
    store.webhooks.create({ ...SETTINGS, ...OURS, ...fields }, SECRETS);
  const session = async (): Promise<string> => (await store.sessions.create(OURS)).id;

  beforeAll(async () => {
    store = await openStore();
  });
  afterAll(() => store.close());
  beforeEach(() => query('delete from webhooks'));

  it('keep what they were made with', async () => {
    const sessionId = await session();
    const made = await make({ sessionId, sessionIds: [sessionId], createdBy: 'key_x', active: false });
    expect(made).toEqual({
      ...SETTINGS,
      ...OURS,
      id: expect.stringMatching(/^wh_[0-9A-Z]{26}$/),
      sessionId,
      sessionIds: [sessionId],
      headerNames: ['Authorization'],
      active: false,
      pausedReason: undefined,
      createdBy: 'key_x',
      createdAt: made.updatedAt,
      updatedAt: expect.any(Number),
    });
    expect(await store.webhooks.get(OURS, made.id)).toEqual(made);
    expect(await store.webhooks.configurationOf(made.id)).toEqual({ webhook: made, secrets: SECRETS });
    const plain = await make();
    expect(plain).toMatchObject({ sessionId: undefined, sessionIds: undefined, createdBy: undefined, active: true });
  });

  it('have all their lanes from the beginning', async () => {
    const { id } = await make();
    const lanes = await query<{ lane: number }>(
      'select lane from webhook_lanes where webhook_id = $1 and claim_id is null order by lane',
      [id],
    );
    expect(lanes.map(({ lane }) => lane)).toEqual(Array.from({ length: WEBHOOK_LANES }, (_, lane) => lane));
  });

  it('show nothing of their secrets in the table, whichever column', async () => {
    const { id } = await make();
    const [row] = await query<{ text: string }>('select webhooks::text as text from webhooks where id = $1', [id]);
    for (const secret of ['the secret', 'Bearer']) {
      expect(row?.text).not.toContain(secret);
      expect(row?.text).not.toContain(Buffer.from(secret).toString('hex'));
    }
  });

  it('cannot be given the secrets of another', async () => {
    const [one, other] = [await make(), await make()];
    await query('update webhooks set sealed = (select sealed from webhooks where id = $1) where id = $2', [
      one.id,
      other.id,
    ]);
    await expect(store.webhooks.configurationOf(other.id)).rejects.toThrow(CredentialsUnreadableError);
    expect((await store.webhooks.configurationOf(one.id))?.secrets).toEqual(SECRETS);
  });

  it('become what is made of them, secrets included where they are new', async () => {
    const made = await make();
    const other = { ...SETTINGS, url: 'https://elsewhere.example/', events: ['*'] as const, active: false };
    const revised = await store.webhooks.revise(OURS, made.id, () => ({ ...other, pausedReason: 'failing' }));
    expect(revised).toMatchObject({ ...other, pausedReason: 'failing', headerNames: ['Authorization'] });
    expect(revised.createdAt).toBe(made.createdAt);
    expect(await store.webhooks.configurationOf(made.id)).toEqual({ webhook: revised, secrets: SECRETS });

    const secrets = { secret: 'another', headers: { 'X-One': '1', 'X-Two': '2' } };
    await store.webhooks.revise(OURS, made.id, () => ({ ...SETTINGS, secrets }));
    const configuration = await store.webhooks.configurationOf(made.id);
    expect(configuration?.secrets).toEqual(secrets);
    expect(configuration?.webhook).toMatchObject({
      ...SETTINGS,
      headerNames: ['X-One', 'X-Two'],
      pausedReason: undefined,
    });
  });

  it('are of another moment after each change, whatever the clocks of two processes say', async () => {
    const { id } = await make();
    const ahead = Date.now() + 60_000;
    await query('update webhooks set updated_at = $2 where id = $1', [id, ahead]);
    const moments: number[] = [];
    for (let n = 0; n < 2; n++) {
      const { updatedAt } = await store.webhooks.revise(OURS, id, ({ webhook }) => ({ ...webhook }));
      moments.push(updatedAt);
    }
    expect(moments).toEqual([ahead + 1, ahead + 2]);
  });

  it('lose no change of two that are made at once', async () => {
    const { id } = await make();
    await Promise.all(
      Array.from({ length: 10 }, (_, n) =>
        store.webhooks.revise(OURS, id, ({ webhook, secrets }) => {
          const { secret, headers } = secrets();
          return { ...webhook, secrets: { secret, headers: { ...headers, [`X-${n}`]: String(n) } } };
        }),
      ),
    );
    expect(Object.keys((await store.webhooks.configurationOf(id))?.secrets.headers ?? {})).toHaveLength(11);
  });

  it('stay as they are when the change is refused', async () => {
    const made = await make();
    const refused = store.webhooks.revise(OURS, made.id, () => {
      throw ValidationError.of('url', 'no');
    });
    await expect(refused).rejects.toThrow(ValidationError);
    expect(await store.webhooks.get(OURS, made.id)).toEqual(made);
  });

  it('can be changed while no key reads their secrets, which are only asked for when they are needed', async () => {
    const { id } = await make();
    const stranger = new WebhookRepository(store.database, new CredentialsKeyRing(randomBytes(32)));
    await stranger.revise(OURS, id, ({ webhook }) => ({ ...webhook, active: false }));
    expect((await store.webhooks.configurationOf(id))?.secrets).toEqual(SECRETS);
    const asked = stranger.revise(OURS, id, ({ webhook, secrets }) => ({ ...webhook, secrets: secrets() }));
    await expect(asked).rejects.toThrow(CredentialsUnreadableError);
  });

  it('of another organization do not exist', async () => {
    const { id } = await make(THEIRS);
    await expect(store.webhooks.get(OURS, id)).rejects.toThrow(new NotFoundError('webhook'));
    await expect(store.webhooks.delete(OURS, id)).rejects.toThrow(new NotFoundError('webhook'));
    await expect(store.webhooks.revise(OURS, id, () => SETTINGS)).rejects.toThrow(new NotFoundError('webhook'));
    expect((await store.webhooks.list(OURS, {})).data).toEqual([]);
    expect(await store.webhooks.get(THEIRS, id)).toMatchObject({ id });
  });

  it('that reach further than the caller do not exist for it', async () => {
    const [mine, other] = [await session(), await session()];
    const limited: TenantScope = { ...OURS, sessionIds: [mine] };
    const further = [await make(), await make({ sessionId: other }), await make({ sessionIds: [mine, other] })];
    const within = [
      await make({ sessionId: mine }),
      await make({ sessionIds: [mine] }),
      await make({ sessionId: mine, sessionIds: [mine, other] }),
    ];
    const ids = (webhooks: readonly WebhookRecord[]): string[] => webhooks.map(({ id }) => id);
    expect(ids((await store.webhooks.list(OURS, {})).data)).toEqual(ids([...further, ...within]));
    expect(ids((await store.webhooks.list(limited, {})).data)).toEqual(ids(within));
    for (const { id } of further) {
      await expect(store.webhooks.get(limited, id)).rejects.toThrow(NotFoundError);
      await expect(store.webhooks.revise(limited, id, () => SETTINGS)).rejects.toThrow(NotFoundError);
      await expect(store.webhooks.delete(limited, id)).rejects.toThrow(NotFoundError);
    }
    for (const { id } of within) await store.webhooks.delete(limited, id);
    expect(ids((await store.webhooks.list(OURS, {})).data)).toEqual(ids(further));
  });

  it.each(['', 'wh_', 'wh_x', '01ARZ3NDEKTSV4RRFFQ69G5FAV', 'wh_01ARZ3NDEKTSV4RRFFQ69G5FAV\0'])(
    'are not found by %j',
    async (id) => {
      await expect(store.webhooks.get(OURS, id)).rejects.toThrow(NotFoundError);
      await expect(store.webhooks.delete(OURS, id)).rejects.toThrow(NotFoundError);
      await expect(store.webhooks.revise(OURS, id, () => SETTINGS)).rejects.toThrow(NotFoundError);
    },
  );

  it('are paged', async () => {
    const made: string[] = [];
    for (let i = 0; i < 3; i++) made.push((await make()).id);
    const first = await store.webhooks.list(OURS, { limit: 2 });
    const second = await store.webhooks.list(OURS, { limit: 2, cursor: first.nextCursor });
    expect([...first.data, ...second.data].map(({ id }) => id)).toEqual(made);
    expect(second.nextCursor).toBe('');
  });

  it('are never more than an organization may have, even when made at once', async () => {
    for (let i = 0; i < MOST_WEBHOOKS - 1; i++) await make();
    await make(THEIRS);
    // Nobody stores one before all of them have come as far as they can.
    const barrier = new pg.Client({ connectionString: store.url });
    await barrier.connect();
    await barrier.query('begin; lock table webhooks in share mode');
    const making = Promise.allSettled([1, 2, 3, 4].map(() => make()));
    await eventually(async () => {
      const { rows } = await barrier.query(
        `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      );
      expect(rows).toHaveLength(4);
    });
    await barrier.query('commit');
    await barrier.end();
    const outcomes = await making;
    const refusals = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
    expect(refusals).toHaveLength(3);
    for (const refusal of refusals) {
      expect(refusal).toBeInstanceOf(ConflictError);
      expect(refusal).toMatchObject({ details: { reason: 'webhook_limit' } });
    }
    await make(THEIRS);
  });

  it('go with the session that they are for, and cannot be made for one that is gone', async () => {
    const sessionId = await session();
    const { id } = await make({ sessionId });
    const kept = await make();
    await store.sessions.delete(OURS, sessionId);
    expect((await store.webhooks.list(OURS, {})).data).toEqual([kept]);
    await expect(make({ sessionId })).rejects.toMatchObject({
      details: { fields: [{ path: 'sessionId', message: 'is not a session of yours' }] },
    });
    expect(await query('select from webhook_lanes where webhook_id = $1', [id])).toEqual([]);
  });

  it('tell every process of each change, and of none that was refused', async () => {
    const heard: string[] = [];
    const listener = new pg.Client({ connectionString: store.url });
    await listener.connect();
    listener.on('notification', ({ channel, payload }) => heard.push(`${channel} ${payload}`));
    await listener.query('listen gateway_webhooks');
    const { id } = await make();
    await store.webhooks.revise(OURS, id, ({ webhook }) => webhook);
    await expect(store.webhooks.revise(THEIRS, id, ({ webhook }) => webhook)).rejects.toThrow(NotFoundError);
    await store.webhooks.delete(OURS, id);
    // Messages come before the answer to what is asked after them.
    await listener.query('select 1');
    await listener.end();
    // Made, changed, closed and deleted.
    expect(heard).toEqual([1, 2, 3, 4].map(() => `gateway_webhooks ${id}`));
  });
});
