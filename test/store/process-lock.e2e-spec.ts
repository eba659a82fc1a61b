import { hostname } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { GatewayRunningError, ProcessLock, type LockEvent } from '#store';
import { cloneDatabase, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { proxyTo, type TcpProxy } from './tcp-proxy.js';

/** What a lock reports, to be waited for. */
class Events {
  readonly seen: LockEvent['type'][] = [];
  private waiting: { type: LockEvent['type']; resolve: () => void } | undefined;

  readonly onEvent = ({ type }: LockEvent): void => {
    this.seen.push(type);
    if (this.waiting?.type === type) this.waiting.resolve();
  };

  next(type: LockEvent['type']): Promise<void> {
    return new Promise((resolve) => {
      this.waiting = { type, resolve };
    });
  }
}

describe('the lock that one gateway process holds', () => {
  let clone: TestDatabase;
  let proxy: TcpProxy;
  const locks: ProcessLock[] = [];

  const acquire = async (url: string, events = new Events(), patienceMs = 0): Promise<ProcessLock> => {
    const lock = await ProcessLock.acquire(url, { onEvent: events.onEvent, patienceMs, retryMs: 20, heartbeatMs: 100 });
    locks.push(lock);
    return lock;
  };

  beforeEach(async () => {
    clone = await cloneDatabase();
    proxy = await proxyTo(clone.url);
  });
  afterEach(async () => {
    await Promise.all(locks.splice(0).map((lock) => lock.release()));
    await proxy.close();
    await clone.drop();
  });

  it('is refused to a second one, with the name of the holder', async () => {
    await acquire(clone.url);
    const refusal = acquire(clone.url);
    await expect(refusal).rejects.toThrow(GatewayRunningError);
    await expect(refusal).rejects.toThrow(`process ${process.pid} on ${hostname()}`);
  });

  it('is free for the next one once it is released, and for other databases at all times', async () => {
    const other = await cloneDatabase();
    const lock = await acquire(clone.url);
    await (await acquire(other.url)).release();
    await other.drop();
    await lock.release();
    await lock.release();
    expect(lock.isHeld).toBe(false);
    expect((await acquire(clone.url)).isHeld).toBe(true);
  });

  it('is waited for a moment, since a predecessor may just be ending', async () => {
    const lock = await acquire(clone.url);
    const next = acquire(clone.url, new Events(), 5_000);
    await lock.release();
    expect((await next).isHeld).toBe(true);
  });

  it('is taken again after its connection broke, and both are reported', async () => {
    const events = new Events();
    const lock = await acquire(proxy.url, events);
    const reacquired = events.next('reacquired');
    proxy.cut();
    await reacquired;
    expect(lock.isHeld).toBe(true);
    expect(events.seen).toEqual(['lost', 'reacquired']);
    await expect(acquire(clone.url)).rejects.toThrow(GatewayRunningError);
  });

  it('has with it a lock of this process alone, which is the same one after its connection broke', async () => {
    const watched = new Events();
    const lock = await acquire(proxy.url, watched);
    const { holder } = lock;
    const lives = async (): Promise<boolean> => {
      const admin = new pg.Client({ connectionString: clone.url });
      await admin.connect();
      const locks = 'select from pg_locks where locktype = $1 and granted and objsubid = 2 and objid = $2';
      const { rowCount } = await admin.query(locks, ['advisory', holder.lock]);
      await admin.end();
      return rowCount === 1;
    };
    expect(await lives()).toBe(true);
    const reacquired = watched.next('reacquired');
    proxy.cut();
    await reacquired;
    expect(lock.holder).toEqual(holder);
    expect(await lives()).toBe(true);
    await lock.release();
    expect(await lives()).toBe(false);
  });

  it('is lost when the database falls silent, not only when the connection breaks', async () => {
    const events = new Events();
    const lock = await acquire(proxy.url, events);
    const lost = events.next('lost');
    proxy.silence();
    await lost;
    expect(lock.isHeld).toBe(false);
    const reacquired = events.next('reacquired');
    proxy.cut();
    proxy.heal();
    await reacquired;
  });

  it('is not taken for lost to another while the server still holds it for our own broken connection', async () => {
    const events = new Events();
    const lock = await acquire(proxy.url, events);
    const lost = events.next('lost');
    proxy.strand();
    await lost;
    await expect(acquire(clone.url, new Events(), 200)).rejects.toThrow(GatewayRunningError);
    const reacquired = events.next('reacquired');
    proxy.cut();
    await reacquired;
    expect(lock.isHeld).toBe(true);
    expect(events.seen).toEqual(['lost', 'reacquired']);
  });

  it('is not taken for lost to another when our own connection broke before it was told that it has it', async () => {
    const events = new Events();
    const lock = await acquire(proxy.url, events);
    const lost = events.next('lost');
    const client = new pg.Client({ connectionString: clone.url });
    await client.connect();
    proxy.strandOn('pg_try_advisory_lock');
    await client.query(
      "select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name like 'whats-gateway %' and datname = current_database()",
    );
    await lost;
    // Nobody else asks yet: whoever has a lock here is our own connection, which does not know.
    await eventually(async () => {
      const { rowCount } = await client.query(
        `select 1 from pg_locks where locktype = 'advisory' and granted
         and database = (select oid from pg_database where datname = current_database())`,
      );
      expect(rowCount).toBe(1);
    });
    await expect(acquire(clone.url, new Events(), 300)).rejects.toThrow(GatewayRunningError);
    await client.end();
    const reacquired = events.next('reacquired');
    proxy.cut();
    await reacquired;
    expect(lock.isHeld).toBe(true);
    expect(events.seen).toEqual(['lost', 'reacquired']);
  });

  it('reports that another process took it meanwhile, and is taken again once that ends', async () => {
    const events = new Events();
    const lock = await acquire(proxy.url, events);
    await proxy.close();
    const usurper = await acquire(clone.url, new Events(), 5_000);
    expect(lock.isHeld).toBe(false);
    const taken = events.next('taken');
    const { port } = new URL(proxy.url);
    proxy = await proxyTo(clone.url, Number(port));
    await taken;
    const reacquired = events.next('reacquired');
    await usurper.release();
    await reacquired;
    expect(lock.isHeld).toBe(true);
  });

  it('is not taken again after it was given up', async () => {
    const events = new Events();
    const lock = await acquire(proxy.url, events);
    await lock.release();
    expect(events.seen).toEqual([]);
    expect((await acquire(clone.url)).isHeld).toBe(true);
  });
});
