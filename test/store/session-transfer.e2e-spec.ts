import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  CredentialsKeyRing,
  CredentialsUnreadableError,
  DatabaseCredentialStore,
  SessionTransfer,
  SessionTransferError,
  type ExportOptions,
  type PortableSession,
} from '#store';
import { eventually } from '../support/eventually.js';
import { groupOf, openStore, OURS, SELF, THEIRS, type Store } from './open-store.js';

const HERE = new CredentialsKeyRing(randomBytes(32));
const THERE = new CredentialsKeyRing(randomBytes(32));
const LINKED = { waJid: SELF.phoneJid, waLid: SELF.lid, phoneNumber: '15550000000' };
const ITEMS = [
  { kind: 'creds', id: '', value: Buffer.from('the account') },
  ...Array.from({ length: 1_100 }, (_, n) => ({ kind: 'pre-key', id: String(n), value: randomBytes(20) })),
];

let here: Store;
let there: Store;
let session: string;

beforeAll(async () => {
  [here, there] = await Promise.all([openStore(), openStore()]);
});
afterAll(() => Promise.all([here.close(), there.close()]));

beforeEach(async () => {
  for (const store of [here, there]) await query(store, 'delete from sessions');
  session = (await here.sessions.create({ ...OURS, label: 'desk', createdBy: 'key_1' })).id;
  await here.sessions.updateSettings(OURS, session, { ratePerMin: 7, ratePerHour: 70 });
  await here.sessions.updateState(session, LINKED);
  await new DatabaseCredentialStore(here.database, HERE).write(await here.lease(session), ITEMS);
});

const query = <R>(store: Store, text: string, values: unknown[] = []): Promise<R[]> =>
  store.database.dataSource.query<R[]>(text, values);
const transferHere = (): SessionTransfer => new SessionTransfer(here.database, HERE);
const transferThere = (): SessionTransfer => new SessionTransfer(there.database, THERE);

function keepIn(delivered: PortableSession[]): (session: PortableSession) => Promise<void> {
  return (session) => {
    delivered.push(session);
    return Promise.resolve();
  };
}

async function exported(options?: ExportOptions): Promise<PortableSession> {
  const delivered: PortableSession[] = [];
  await transferHere().export(session, keepIn(delivered), options);
  if (!delivered[0]) throw new Error('nothing was delivered');
  return delivered[0];
}

async function refusedToExport(message: string | RegExp, id = session): Promise<void> {
  const delivered: PortableSession[] = [];
  const exporting = transferHere().export(id, keepIn(delivered), { remove: true });
  await expect(exporting).rejects.toThrow(SessionTransferError);
  await expect(exporting).rejects.toThrow(message);
  expect(delivered).toEqual([]);
}

async function stored(store: Store, keys: CredentialsKeyRing, id: string): Promise<Record<string, Buffer>> {
  const credentials = new DatabaseCredentialStore(store.database, keys);
  const ids = ITEMS.map((item) => item.id);
  const [creds, preKeys] = await Promise.all([
    credentials.read(id, 'creds', ['']),
    credentials.read(id, 'pre-key', ids),
  ]);
  return Object.fromEntries([...creds, ...preKeys].map(([name, value]) => [name, Buffer.from(value)]));
}

const EXPECTED = Object.fromEntries(ITEMS.map(({ id, value }) => [id, value]));

describe('a session that is moved to another database', () => {
  it('is there with its id, its settings, its account and every item of its credentials, stopped', async () => {
    expect(await transferThere().import(await exported())).toBe(session);
    expect(await there.sessions.get(OURS, session)).toEqual({
      id: session,
      ...OURS,
      label: 'desk',
      desired: 'stopped',
      status: 'stopped',
      ratePerMin: 7,
      ratePerHour: 70,
      ...LINKED,
      createdAt: expect.any(Number),
      updatedAt: expect.any(Number),
    });
    expect(await stored(there, THERE, session)).toEqual(EXPECTED);
  });

  it('can be run there: its first lease writes its credentials', async () => {
    await transferThere().import(await exported());
    const lease = await there.lease(session);
    expect(lease.fence).toBeGreaterThan(1);
    await new DatabaseCredentialStore(there.database, THERE).write(lease, [ITEMS[0] ?? fail()]);
  });

  it('stays here as it was, or is gone with all that belongs to it', async () => {
    await here.writer.synchronise(session, [groupOf('1@g.us', 3)], SELF);
    await exported();
    expect(await stored(here, HERE, session)).toEqual(EXPECTED);
    await exported({ remove: true });
    for (const table of ['sessions', 'session_credentials', 'session_leases', 'groups', 'group_members']) {
      expect(await query(here, `select 1 from ${table}`)).toEqual([]);
    }
  });

  it('is not removed here when it could not be kept', async () => {
    const full = new Error('the disk is full');
    await expect(transferHere().export(session, () => Promise.reject(full), { remove: true })).rejects.toThrow(full);
    expect(await stored(here, HERE, session)).toEqual(EXPECTED);
  });

  it('comes back to where it was', async () => {
    const portable = await exported({ remove: true });
    expect(await transferHere().import(portable)).toBe(session);
    expect(await stored(here, HERE, session)).toEqual(EXPECTED);
  });

  it('goes to the organization, and under the label, that are named', async () => {
    await transferThere().import(await exported(), { ...THEIRS, label: 'another' });
    expect(await there.sessions.get(THEIRS, session)).toMatchObject({ ...THEIRS, label: 'another' });
  });

  it('gets another id where its own is taken', async () => {
    const portable = await exported();
    await here.sessions.updateState(session, { waJid: null });
    const id = await transferHere().import(portable, { label: 'another' });
    expect(id).not.toBe(session);
    expect(await stored(here, HERE, id)).toEqual(EXPECTED);
    expect(await transferThere().import({ ...portable, id: '../../etc' })).toMatch(/^[0-9A-Z]{26}$/);
  });
});

describe('a session is not exported', () => {
  it('that does not exist', () => refusedToExport('there is no session', '01JD4Z0S3M8Q1V7C5T9B2N6XKR'));

  it('that is meant to run (pain 2)', async () => {
    await here.sessions.updateState(session, { desired: 'running' });
    await refusedToExport('stop it first');
  });

  it('that still runs somewhere (pain 2)', async () => {
    const [lease] = await here.leases.claim([session], { name: 'host:7' }, 60_000);
    if (!lease) throw new Error('the session was claimed by another one');
    await refusedToExport('still runs in host:7');
    await here.leases.release([lease]);
    await exported();
  });

  it('that is not linked', async () => {
    await here.sessions.updateState(session, { waJid: null, phoneNumber: null });
    await refusedToExport('not linked');
    await here.sessions.updateState(session, LINKED);
    await query(here, 'delete from session_credentials');
    await refusedToExport('not linked');
  });

  it('of which an item cannot be decrypted', async () => {
    await query(here, `update session_credentials set value = substr(value, 2) where id = '7'`);
    await expect(exported({ remove: true })).rejects.toThrow(CredentialsUnreadableError);
    expect(await query(here, 'select 1 from sessions')).toHaveLength(1);
  });

  it('and started at once: the start finds it gone', async () => {
    const waiting = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    let starting: Promise<unknown> | undefined;
    await transferHere().export(
      session,
      async () => {
        starting = here.sessions.updateState(session, { desired: 'running' });
        await eventually(async () => expect(await query(here, waiting)).toHaveLength(1));
      },
      { remove: true },
    );
    expect(await starting).toBeUndefined();
  });
});

describe('a session is not imported', () => {
  it('whose account is linked here, in whichever organization (pain 2)', async () => {
    const portable = await exported();
    await expect(transferHere().import(portable, { ...THEIRS })).rejects.toThrow(
      `the account is linked here already: session ${session} of organization ours`,
    );
    expect(await query(here, 'select 1 from sessions')).toHaveLength(1);
  });

  it('twice at once (pain 2)', async () => {
    const portable = await exported();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 5 }, (_, n) =>
        transferThere().import({ ...portable, id: `01JD4Z0S3M8Q1V7C5T9B2N6XK${n}`, label: `desk ${n}` }),
      ),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await query(there, 'select 1 from sessions')).toHaveLength(1);
  });

  it('whose label is taken', async () => {
    await there.sessions.create({ ...OURS, label: 'desk' });
    await expect(transferThere().import(await exported())).rejects.toThrow('has this label');
    await transferThere().import(await exported(), { label: 'another' });
  });

  it('by half', async () => {
    const portable = await exported();
    const credentials = [...portable.credentials, { kind: 'no NUL \0', id: '', value: Buffer.alloc(1) }];
    await expect(transferThere().import({ ...portable, credentials })).rejects.toThrow();
    for (const table of ['sessions', 'session_credentials', 'session_leases']) {
      expect(await query(there, `select 1 from ${table}`)).toEqual([]);
    }
  });
});

function fail(): never {
  throw new Error('there are no items');
}
