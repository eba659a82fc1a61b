import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type pg from 'pg';
import type { DataSource } from 'typeorm';
import { dataSourceOf, reservedConnection, type ConnectionOptions } from './data-source.js';
import { unlessAway } from './database-away.js';
import { migrate } from './migrate.js';

/** A statement that is planned once for each connection and then known by its name. */
export interface Statement {
  name: string;
  text: string;
}

/**
 * The connection pool. Everything that the store does goes through it, and throws `GatewayUnavailableError` while the
 * database is away.
 */
@Injectable()
export class Database implements OnApplicationShutdown {
  private constructor(
    readonly dataSource: DataSource,
    private readonly pool: pg.Pool,
    private readonly reserved: pg.Pool,
  ) {}

  /** Migrates, then connects. */
  static async open(options: ConnectionOptions): Promise<Database> {
    await migrate(options.url);
    return Database.connect(options);
  }

  /** Connects to a database that is migrated already. */
  static async connect(options: ConnectionOptions): Promise<Database> {
    const source = await dataSourceOf(options).initialize();
    const { master } = source.driver as unknown as { master: pg.Pool };
    return new Database(source, master, reservedConnection(options));
  }

  async rows<R>(statement: Statement, values: unknown[]): Promise<R[]> {
    const { rows } = await unlessAway(this.pool.query({ ...statement, values }));
    return rows as R[];
  }

  /**
   * As `rows`, for what must not wait until others are done with their statements, and whose answer is worth waiting for
   * no longer than `timeoutMs`. One such statement after the other.
   */
  async urgentRows<R>(statement: Statement, values: unknown[], timeoutMs: number): Promise<R[]> {
    const { rows } = await unlessAway(inTime(this.reserved, { ...statement, values }, timeoutMs));
    return rows as R[];
  }

  /** Rows as arrays of their columns, which is cheaper than objects where there are many. */
  async tuples<R extends unknown[]>(statement: Statement, values: unknown[]): Promise<R[]> {
    const { rows } = await unlessAway(this.pool.query<R>({ ...statement, values, rowMode: 'array' }));
    return rows;
  }

  /** Rejects when the database does not answer in time. */
  async ping(timeoutMs = 1_000): Promise<void> {
    await inTime(this.pool, { text: 'select 1' }, timeoutMs);
  }

  /** Safe to call twice. */
  async close(): Promise<void> {
    if (!this.dataSource.isInitialized) return;
    await Promise.all([this.dataSource.destroy(), this.reserved.end()]);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.close();
  }
}

/** The wait for a connection counts, too. */
async function inTime(pool: pg.Pool, query: pg.QueryConfig, timeoutMs: number): Promise<pg.QueryResult> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Query read timeout: no answer in ${timeoutMs} ms`)), timeoutMs);
  });
  const answer = pool.query({ ...query, query_timeout: timeoutMs } as pg.QueryConfig);
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
    // Whichever came second has nobody waiting for it.
    answer.catch(() => undefined);
  }
}
