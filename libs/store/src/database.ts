import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type pg from 'pg';
import type { DataSource } from 'typeorm';
import { dataSourceOf, type ConnectionOptions } from './data-source.js';
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
    return new Database(source, master);
  }

  /** `timeoutMs`: how long an answer is worth waiting for, where that is shorter than for any statement. */
  async rows<R>(statement: Statement, values: unknown[], timeoutMs?: number): Promise<R[]> {
    const query = { ...statement, values };
    const answer = timeoutMs === undefined ? this.pool.query(query) : this.inTime(query, timeoutMs);
    const { rows } = await unlessAway(answer);
    return rows as R[];
  }

  /** Rows as arrays of their columns, which is cheaper than objects where there are many. */
  async tuples<R extends unknown[]>(statement: Statement, values: unknown[]): Promise<R[]> {
    const { rows } = await unlessAway(this.pool.query<R>({ ...statement, values, rowMode: 'array' }));
    return rows;
  }

  /** Rejects when the database does not answer in time. */
  async ping(timeoutMs = 1_000): Promise<void> {
    await this.inTime({ text: 'select 1' }, timeoutMs);
  }

  /** The wait for a connection counts, too. */
  private async inTime(query: pg.QueryConfig, timeoutMs: number): Promise<pg.QueryResult> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`Query read timeout: no answer in ${timeoutMs} ms`)), timeoutMs);
    });
    const answer = this.pool.query({ ...query, query_timeout: timeoutMs } as pg.QueryConfig);
    try {
      return await Promise.race([answer, late]);
    } finally {
      clearTimeout(timer);
      // Whichever came second has nobody waiting for it.
      answer.catch(() => undefined);
    }
  }

  /** Safe to call twice. */
  async close(): Promise<void> {
    if (this.dataSource.isInitialized) await this.dataSource.destroy();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.close();
  }
}
