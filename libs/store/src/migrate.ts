import pg from 'pg';
import { dataSourceOf } from './data-source.js';
import { takeInRestoredLog } from './events/restored-log.js';
import { LOCKS, LOCK_SPACE } from './locks.js';

/**
 * Brings the database to the schema of this release, and its event log to the numbers of its server. Processes that start
 * together wait for each other: the first one migrates, the rest find nothing to do. Without a bound on time, since a
 * large table may take long.
 */
export async function migrate(url: string): Promise<void> {
  const guard = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  // A guard that breaks loses its lock; the statement in progress then reports it.
  guard.on('error', () => undefined);
  await guard.connect();
  try {
    await guard.query('select pg_advisory_lock($1, $2)', [LOCK_SPACE, LOCKS.migrations]);
    const source = dataSourceOf({
      url,
      applicationName: 'whats-gateway migrations',
      poolSize: 2,
      statementTimeoutMs: 0,
    });
    await source.initialize();
    try {
      await source.runMigrations({ transaction: 'each' });
    } finally {
      await source.destroy();
    }
    await takeInRestoredLog(guard);
  } finally {
    await guard.end();
  }
}
