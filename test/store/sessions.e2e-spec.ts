import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ConflictError, NotFoundError, ValidationError } from '#errors';
import type { SessionRecord, TenantScope } from '#store';
import { groupOf, openStore, OURS, SELF, THEIRS, type Store } from './open-store.js';

const UNKNOWN = '01ARZ3NDEKTSV4RRFFQ69G5FAV';

describe('stored sessions', () => {
  let store: Store;
  let ours: SessionRecord;
  let theirs: SessionRecord;

  beforeAll(async () => {
    store = await openStore();
    ours = await store.sessions.create({ organizationId: 'ours', label: 'desk', createdBy: 'key_1' });
    theirs = await store.sessions.create({ organizationId: 'theirs', label: 'desk' });
  });
  afterAll(() => store.close());

  it('start stopped, with the default rates', () => {
    expect(ours).toMatchObject({
      organizationId: 'ours',
      label: 'desk',
      createdBy: 'key_1',
      desired: 'stopped',
      status: 'stopped',
      ratePerMin: 100,
      ratePerHour: 1000,
      createdAt: ours.updatedAt,
    });
    expect(ours.id).toMatch(/^[0-9A-Z]{26}$/);
    expect(Math.abs(Date.now() - ours.createdAt)).toBeLessThan(60_000);
  });

  it('have labels that are unique in their organization only', async () => {
    await expect(store.sessions.create({ organizationId: 'ours', label: 'desk' })).rejects.toThrow(ConflictError);
    await expect(store.sessions.create({ organizationId: 'ours', label: 'desk' })).rejects.toMatchObject({
      details: { reason: 'label_taken' },
    });
    const unnamed = await Promise.all([1, 2].map(() => store.sessions.create({ organizationId: 'unnamed' })));
    expect(unnamed.map(({ label }) => label)).toEqual([undefined, undefined]);
  });

  it('are found by id within the organization and the sessions of the caller', async () => {
    expect(await store.sessions.get(OURS, ours.id)).toEqual(ours);
    expect(await store.sessions.get({ ...OURS, sessionIds: [ours.id] }, ours.id)).toEqual(ours);
  });

  it.each<[string, () => [TenantScope, string]]>([
    ['an unknown id', () => [OURS, UNKNOWN]],
    ["another organization's id", () => [OURS, theirs.id]],
    ['an id outside the scope', () => [{ ...OURS, sessionIds: [UNKNOWN] }, ours.id]],
    ['an id of a caller with no session', () => [{ ...OURS, sessionIds: [] }, ours.id]],
    ["another organization's id in the scope", () => [{ ...OURS, sessionIds: [theirs.id] }, theirs.id]],
    ['a malformed id', () => [OURS, 'nonsense']],
    ['an id with a NUL', () => [OURS, `${UNKNOWN}\0`]],
    ['an empty id', () => [OURS, '']],
  ])('are not found by %s, whatever is asked', async (_, target) => {
    const [scope, id] = target();
    const page = {};
    await expect(store.sessions.get(scope, id)).rejects.toThrow(new NotFoundError('session'));
    await expect(store.sessions.updateSettings(scope, id, { ratePerMin: 1 })).rejects.toThrow(NotFoundError);
    await expect(store.sessions.delete(scope, id)).rejects.toThrow(NotFoundError);
    await expect(store.groups.list(scope, id, page)).rejects.toThrow(new NotFoundError('session'));
    await expect(store.groups.get(scope, id, '1@g.us')).rejects.toThrow(new NotFoundError('session'));
    await expect(store.members.list(scope, id, '1@g.us', page)).rejects.toThrow(new NotFoundError('session'));
    expect(await store.sessions.get(THEIRS, theirs.id)).toEqual(theirs);
    expect(await store.sessions.get(OURS, ours.id)).toEqual(ours);
  });

  it('are found by label as well, within the organization and the sessions of the caller', async () => {
    expect(await store.sessions.find(OURS, 'desk')).toEqual(ours);
    expect(await store.sessions.find(OURS, ours.id)).toEqual(ours);
    expect(await store.sessions.find(THEIRS, 'desk')).toEqual(theirs);
    expect(await store.sessions.find({ ...OURS, sessionIds: [UNKNOWN, ours.id] }, 'desk')).toEqual(ours);
  });

  it.each<[string, () => [TenantScope, string]]>([
    ['a label that nobody has', () => [OURS, 'Desk']],
    ['the label of a session outside the scope', () => [{ ...OURS, sessionIds: [UNKNOWN] }, 'desk']],
    ['a label, by a caller with no session', () => [{ ...OURS, sessionIds: [] }, 'desk']],
    ["another organization's id", () => [OURS, theirs.id]],
    ['an id outside the scope', () => [{ ...OURS, sessionIds: [UNKNOWN] }, ours.id]],
    ['a label with a NUL', () => [OURS, 'desk\0']],
    ['nothing', () => [OURS, '']],
  ])('are not found by %s', async (_, target) => {
    await expect(store.sessions.find(...target())).rejects.toThrow(new NotFoundError('session'));
  });

  it('are found by their own id rather than by a label that looks like it', async () => {
    const scope = { organizationId: 'alike' };
    const named = await store.sessions.create(scope);
    const impostor = await store.sessions.create({ ...scope, label: named.id });
    expect(await store.sessions.find(scope, named.id)).toEqual(named);
    expect(await store.sessions.find({ ...scope, sessionIds: [impostor.id] }, named.id)).toEqual(impostor);
  });

  it('are listed by organization and scope', async () => {
    const second = await store.sessions.create({ organizationId: 'theirs' });
    const ids = async (scope: TenantScope): Promise<string[]> =>
      (await store.sessions.list(scope, {})).data.map(({ id }) => id);
    expect(await ids(OURS)).toEqual([ours.id]);
    expect(await ids(THEIRS)).toEqual([theirs.id, second.id]);
    expect(await ids({ ...THEIRS, sessionIds: [second.id, ours.id] })).toEqual([second.id]);
    expect(await ids({ ...THEIRS, sessionIds: [] })).toEqual([]);
    const all = (await store.sessions.listAll({})).data.map(({ id }) => id);
    expect(all).toEqual(expect.arrayContaining([ours.id, theirs.id, second.id]));
  });

  it('are paged without repeating or hiding a row while rows come and go', async () => {
    const scope = { organizationId: 'paged' };
    const made: SessionRecord[] = [];
    for (let i = 0; i < 5; i++) made.push(await store.sessions.create(scope));
    const first = await store.sessions.list(scope, { limit: 2 });
    await store.sessions.delete(scope, made[0]?.id ?? '');
    await store.sessions.delete(scope, made[1]?.id ?? '');
    const late = await store.sessions.create(scope);
    const second = await store.sessions.list(scope, { limit: 2, cursor: first.nextCursor });
    const third = await store.sessions.list(scope, { limit: 2, cursor: second.nextCursor });
    expect([...first.data, ...second.data, ...third.data].map(({ id }) => id)).toEqual(
      [...made, late].map(({ id }) => id),
    );
    expect(third.nextCursor).toBe('');
    await expect(store.sessions.list(scope, { cursor: 'x' })).rejects.toThrow(ValidationError);
  });

  it('take settings, clear a label, and refuse a taken one', async () => {
    const scope = { organizationId: 'settings' };
    const session = await store.sessions.create({ ...scope, label: 'one' });
    await store.sessions.create({ ...scope, label: 'two' });
    const changed = await store.sessions.updateSettings(scope, session.id, { label: 'three', ratePerMin: 7 });
    expect(changed).toMatchObject({ label: 'three', ratePerMin: 7, ratePerHour: 1000 });
    await expect(store.sessions.updateSettings(scope, session.id, { label: 'two' })).rejects.toThrow(ConflictError);
    expect((await store.sessions.updateSettings(scope, session.id, { label: null })).label).toBeUndefined();
    expect(await store.sessions.updateSettings(scope, session.id, {})).toMatchObject({ ratePerMin: 7 });
  });

  it('keep their state: what is given is set, null clears, what is absent stays', async () => {
    const session = await store.sessions.create({ organizationId: 'state' });
    await store.sessions.updateState(session.id, {
      desired: 'running',
      status: 'starting',
      statusReason: 'reconnecting',
      nextRetryAt: 1_763_600_000_123,
      waJid: SELF.phoneJid,
      waLid: SELF.lid,
      phoneNumber: '15550000000',
    });
    const changed = await store.sessions.updateState(session.id, {
      status: 'working',
      statusReason: null,
      nextRetryAt: null,
    });
    expect(changed).toMatchObject({ desired: 'running', status: 'working', waJid: SELF.phoneJid, waLid: SELF.lid });
    expect([changed?.statusReason, changed?.nextRetryAt]).toEqual([undefined, undefined]);
    expect(await store.sessions.get({ organizationId: 'state' }, session.id)).toEqual(changed);
    expect((await store.sessions.listRunning()).map(({ id }) => id)).toEqual([session.id]);
  });

  it('that were left half way through a stop are stopped; those that gave up still say why', async () => {
    const make = () => store.sessions.create({ organizationId: 'left' });
    const [half, failed, wanted] = await Promise.all([make(), make(), make()]);
    await store.sessions.updateState(half.id, { status: 'working', statusReason: 'paired', nextRetryAt: 1 });
    await store.sessions.updateState(failed.id, { status: 'failed', statusReason: 'replaced' });
    await store.sessions.updateState(wanted.id, { desired: 'running', status: 'working' });
    await store.sessions.settleStopped();
    const get = ({ id }: SessionRecord) => store.sessions.get({ organizationId: 'left' }, id);
    expect(await get(half)).toMatchObject({ status: 'stopped', statusReason: undefined, nextRetryAt: undefined });
    expect(await get(failed)).toMatchObject({ status: 'failed', statusReason: 'replaced' });
    expect(await get(wanted)).toMatchObject({ status: 'working' });
  });

  it('that are gone take no state', async () => {
    expect(await store.sessions.updateState(UNKNOWN, { status: 'working' })).toBeUndefined();
  });

  it('take everything of theirs along when they are deleted', async () => {
    const scope = { organizationId: 'deleted' };
    const session = await store.sessions.create(scope);
    await store.credentials.write(await store.lease(session.id), [{ kind: 'creds', id: '', value: Buffer.from('x') }]);
    await store.writer.save(session.id, groupOf('120363000000000001@g.us', 3), SELF);
    await store.sessions.delete(scope, session.id);
    await expect(store.sessions.delete(scope, session.id)).rejects.toThrow(NotFoundError);
    for (const table of ['session_credentials', 'session_leases', 'groups', 'group_members']) {
      expect(await store.database.dataSource.query(`select 1 from ${table}`)).toEqual([]);
    }
  });
});
