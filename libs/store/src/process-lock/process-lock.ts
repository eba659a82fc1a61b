import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { hangUp } from '../hang-up.js';
import type { LeaseHolder } from '../leases/session-leases.js';
import { HOLDER_LOCK_SPACE, LOCKS, LOCK_SPACE } from '../locks.js';
import { GatewayRunningError } from './gateway-running.error.js';
import { holderName, holderOf } from './lock-holder.js';

export type LockEvent =
  /** The connection broke: from here on another process may take the lock. */
  | { type: 'lost'; error: Error }
  | { type: 'reacquired' }
  /** Another process took it meanwhile. Asking goes on. */
  | { type: 'taken'; error: GatewayRunningError };

export interface ProcessLockOptions {
  onEvent: (event: LockEvent) => void;
  /** How long a predecessor that was just killed may take to vanish; 2 s unless given. */
  patienceMs?: number;
  /** Between tries to get it back; 1 s unless given. */
  retryMs?: number;
  /** How often the connection is tried, and how long an answer may take; 5 s unless given. */
  heartbeatMs?: number;
}

/**
 * Held for a gateway's life: two processes that open the same WhatsApp account throw each other out. It is a lock of
 * PostgreSQL on a connection of its own, so that a process that dies frees it by dying. With it comes another lock, of
 * this process alone, whose number leases name: whoever finds it free knows that their holder is gone.
 */
export class ProcessLock {
  private client: pg.Client | undefined;
  /**
   * The server's processes for the connection that held the lock last, and for those that asked for it since: one that
   * broke may hold it for a while, also when it broke before it was told so.
   */
  private readonly backends = new Set<number>();
  /**
   * Drawn once: leases that were taken before the connection broke name it, and are right again as soon as it is held
   * again. Two that live at once cannot have the same one.
   */
  private number?: number;
  private readonly released = new AbortController();

  private constructor(
    private readonly url: string,
    private readonly options: ProcessLockOptions,
  ) {}

  /** Throws `GatewayRunningError` when another process holds it. */
  static async acquire(url: string, options: ProcessLockOptions): Promise<ProcessLock> {
    const lock = new ProcessLock(url, options);
    await lock.take(options.patienceMs ?? 2_000);
    return lock;
  }

  private get heartbeatMs(): number {
    return this.options.heartbeatMs ?? 5_000;
  }

  get isHeld(): boolean {
    return this.client !== undefined;
  }

  /** This process, as the holder of leases. */
  get holder(): Required<LeaseHolder> {
    if (this.number === undefined) throw new Error('the lock was never held');
    return { name: holderName(), lock: this.number };
  }

  /** Safe to call twice. */
  async release(): Promise<void> {
    this.released.abort();
    const { client } = this;
    this.client = undefined;
    if (client) await hangUp(client);
  }

  private async take(patienceMs: number): Promise<void> {
    const client = new pg.Client({
      connectionString: this.url,
      application_name: holderName(),
      connectionTimeoutMillis: 5_000,
      query_timeout: this.heartbeatMs,
    });
    client.on('error', (error: Error) => this.lose(client, error));
    client.on('end', () => this.lose(client, new Error('the connection ended')));
    try {
      await client.connect();
      // A holder that vanished without a word (power, network) is noticed by the server after some 15 s.
      await client.query('set tcp_keepalives_idle = 5; set tcp_keepalives_interval = 5; set tcp_keepalives_count = 2');
      const backend = await backendOf(client);
      this.backends.add(backend);
      if (!(await lockProcess(client, patienceMs))) throw new GatewayRunningError(await holderOf(client));
      this.number = await lockNumber(client, this.number);
      for (const former of this.backends) if (former !== backend) this.backends.delete(former);
      if (this.released.signal.aborted) throw new Error('the lock was given up while it was asked for');
    } catch (error) {
      await hangUp(client);
      throw error;
    }
    this.client = client;
    this.watch(client);
  }

  /** A server that fell silent frees the lock for others: notice it as soon as the server would. */
  private watch(client: pg.Client): void {
    const heartbeat = setInterval(() => {
      if (this.client !== client) return clearInterval(heartbeat);
      client.query('select 1').catch((error: Error) => {
        this.lose(client, error);
        void hangUp(client);
      });
    }, this.heartbeatMs);
    heartbeat.unref();
  }

  private lose(client: pg.Client, error: Error): void {
    if (this.client !== client) return;
    this.client = undefined;
    this.options.onEvent({ type: 'lost', error });
    void this.regain();
  }

  private isTaken(error: unknown): error is GatewayRunningError {
    return error instanceof GatewayRunningError && !!error.holder && !this.backends.has(error.holder.backend);
  }

  private async regain(): Promise<void> {
    const { signal } = this.released;
    while (!signal.aborted && !this.isHeld) {
      try {
        await this.take(0);
        this.options.onEvent({ type: 'reacquired' });
      } catch (error) {
        // Anything else is the database being away, which `lost` has told of; or the server, which does not know yet that
        // our own last connection broke.
        if (this.isTaken(error)) this.options.onEvent({ type: 'taken', error });
        await sleep(this.options.retryMs ?? 1_000, undefined, { signal }).catch(() => undefined);
      }
    }
  }
}

async function backendOf(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  return rows[0]?.pid ?? 0;
}

async function lockProcess(client: pg.Client, patienceMs: number): Promise<boolean> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    if (await tryLock(client, LOCK_SPACE, LOCKS.process)) return true;
    if (Date.now() >= deadline) return false;
    await sleep(50);
  }
}

/** Locks the number that this process had before, or one that nobody has. */
async function lockNumber(client: pg.Client, before?: number): Promise<number> {
  for (;;) {
    const number = before ?? randomInt(1, 2 ** 31);
    if (await tryLock(client, HOLDER_LOCK_SPACE, number)) return number;
    if (before !== undefined) throw new Error('the server still keeps the lock of our broken connection');
  }
}

async function tryLock(client: pg.Client, space: number, number: number): Promise<boolean> {
  const lock = 'select pg_try_advisory_lock($1, $2) as locked';
  return (await client.query<{ locked: boolean }>(lock, [space, number])).rows[0]?.locked ?? false;
}
