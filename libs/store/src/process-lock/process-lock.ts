import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { LOCKS, LOCK_SPACE } from '../locks.js';
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
 * PostgreSQL on a connection of its own, so that a process that dies frees it by dying.
 */
export class ProcessLock {
  private client: pg.Client | undefined;
  /** The server's process for the connection that holds, or held, the lock. */
  private backend = 0;
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
      if (!(await tryLock(client, patienceMs))) throw new GatewayRunningError(await holderOf(client));
      const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
      this.backend = rows[0]?.pid ?? 0;
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
    return error instanceof GatewayRunningError && ![undefined, this.backend].includes(error.holder?.backend);
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

/** `end` waits for the server's goodbye, which may never come. */
async function hangUp(client: pg.Client): Promise<void> {
  await Promise.race([client.end(), sleep(1_000, undefined, { ref: false })]);
}

async function tryLock(client: pg.Client, patienceMs: number): Promise<boolean> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const { rows } = await client.query<{ locked: boolean }>('select pg_try_advisory_lock($1, $2) as locked', [
      LOCK_SPACE,
      LOCKS.process,
    ]);
    if (rows[0]?.locked) return true;
    if (Date.now() >= deadline) return false;
    await sleep(50);
  }
}
