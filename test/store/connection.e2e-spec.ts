import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Test } from '@nestjs/testing';
import pg from 'pg';
import {
  ApiKeyRepository,
  Database,
  EventLog,
  GroupRepository,
  GroupWriter,
  MemberRepository,
  SessionLeases,
  SessionRepository,
  StoreModule,
} from '#store';
import { CredentialStore } from '#whatsapp';
import { cloneDatabase, type TestDatabase } from '../support/database.js';
import { readable } from '../support/readable-log.js';
import { proxyTo, type TcpProxy } from './tcp-proxy.js';

describe('the connection to the database', () => {
  let clone: TestDatabase;
  let proxy: TcpProxy;
  let database: Database;
  const poolErrors: Error[] = [];

  beforeEach(async () => {
    clone = await cloneDatabase();
    proxy = await proxyTo(clone.url);
    database = await Database.connect({
      url: proxy.url,
      statementTimeoutMs: 500,
      connectTimeoutMs: 500,
      onPoolError: (error) => poolErrors.push(error),
    });
  });
  afterEach(async () => {
    await database.close();
    await proxy.close();
    await clone.drop();
  });

  it('answers a ping', async () => {
    await expect(database.ping()).resolves.toBeUndefined();
  });

  it('recovers by itself after it broke, and reports it', async () => {
    await database.ping();
    const reported = poolErrors.length;
    proxy.cut();
    while (poolErrors.length === reported) await new Promise(setImmediate);
    await expect(database.ping()).resolves.toBeUndefined();
  });

  it('fails in time when the database falls silent, and recovers', async () => {
    proxy.silence();
    await expect(database.ping(300)).rejects.toThrow('no answer in 300 ms');
    proxy.heal();
    await expect(database.ping()).resolves.toBeUndefined();
  }, 10_000);

  it('keeps nobody waiting when it breaks unnoticed in the middle of a transaction, not even readers of the log', async () => {
    const other = await Database.connect({ url: clone.url });
    const runner = database.dataSource.createQueryRunner();
    await runner.startTransaction();
    await runner.query('select pg_current_xact_id()');
    proxy.silence();
    const log = new EventLog(other);
    await log.append([{ organizationId: 'ours', event: 'auth.qr', payload: { expiresAt: 1 } }]);
    await readable(log);
    await other.close();
    proxy.heal();
    await expect(runner.query('select 1')).rejects.toThrow();
    await runner.release();
  });

  it('gives up a statement when the database falls silent over it, and recovers', async () => {
    const look = { name: 'look', text: 'select 1 as found' };
    await database.rows(look, []);
    proxy.silence();
    await expect(database.rows(look, [])).rejects.toMatchObject({ cause: { code: 'ETIMEDOUT' } });
    proxy.heal();
    await expect(database.rows(look, [])).resolves.toEqual([{ found: 1 }]);
  });

  it('outlives a server that stops in the moment in which a connection changes hands', async () => {
    const narrow = await Database.connect({ url: proxy.url, poolSize: 1 });
    const [backend] = await narrow.rows<{ pid: number }>({ name: 'pid', text: 'select pg_backend_pid() as pid' }, []);
    const server = await Database.connect({ url: clone.url });
    const release = proxy.detain();
    const first = narrow.rows({ name: 'first', text: 'select 1 as found' }, []);
    // Is given the connection when the first is done with it; TypeORM listens to it only some turns later.
    const second = narrow.dataSource.query('select 2 as found').catch((error: Error) => error);
    const answered = {
      name: 'answered',
      text: 'select 1 from pg_stat_activity where pid = $1 and state = $2 and query = $3',
    };
    const idle = [backend?.pid, 'idle', 'select 1 as found'];
    while ((await server.rows(answered, idle)).length === 0) await new Promise(setImmediate);
    await server.rows({ name: 'stop', text: 'select pg_terminate_backend($1, 5000)' }, [backend?.pid]);
    await server.close();
    release();
    expect(await first).toEqual([{ found: 1 }]);
    expect(await second).toBeInstanceOf(Error);
    await expect(narrow.ping()).resolves.toBeUndefined();
    await narrow.close();
  });

  it('lets leases be renewed while all that others may use of it is taken (pain 1)', async () => {
    const busy = await Database.connect({ url: clone.url, poolSize: 1 });
    const leases = new SessionLeases(busy);
    const { id } = await new SessionRepository(busy).create({ organizationId: 'ours' });
    const claimed = await leases.claim([id], { name: 'one' }, 60_000);
    const holder = new pg.Client({ connectionString: clone.url });
    await holder.connect();
    await holder.query('select pg_advisory_lock(1, 1)');
    const slow = busy.rows({ name: 'slow', text: 'select pg_advisory_lock(1, 1)' }, []);
    await expect(leases.renew(claimed, { name: 'one' }, 60_000, 1_500)).resolves.toEqual(claimed);
    await holder.end();
    await slow;
    await busy.close();
  });

  it('stops a statement that takes too long', async () => {
    await expect(database.dataSource.query('select pg_sleep(5)')).rejects.toThrow('statement timeout');
  });

  it('is an error at the start when there is no database', async () => {
    const nowhere = { url: 'postgres://gateway:x@127.0.0.1:1/gateway', connectTimeoutMs: 500 };
    await expect(Database.open(nowhere)).rejects.toThrow('ECONNREFUSED');
  });

  it('keeps epoch milliseconds as numbers, on our connections only', async () => {
    expect(await database.rows({ name: 'types', text: 'select 1763600000123::bigint as at' }, [])).toEqual([
      { at: 1_763_600_000_123 },
    ]);
    const client = new pg.Client({ connectionString: clone.url });
    await client.connect();
    expect((await client.query('select 1::bigint as at')).rows).toEqual([{ at: '1' }]);
    await client.end();
  });

  it('closes with the application that it was made for', async () => {
    const credentialsKeys = { current: randomBytes(32) };
    const module = await Test.createTestingModule({
      imports: [StoreModule.forRoot({ url: proxy.url, credentialsKeys })],
    }).compile();
    const services = [
      SessionRepository,
      GroupRepository,
      MemberRepository,
      GroupWriter,
      ApiKeyRepository,
      CredentialStore,
    ];
    for (const service of services) expect(module.get(service)).toBeInstanceOf(service);
    const opened = module.get(Database);
    await opened.ping();
    await module.close();
    await expect(opened.ping()).rejects.toThrow();
  });
});
