import { pino } from 'pino';
import type { GatewayConfig } from '#config';
import { Database, EmbeddedDatabase } from '#store';

/**
 * The result of `work` on the gateway's database, whether or not the gateway runs. An embedded one that did not run is
 * started for it, and stopped again.
 */
export async function withDatabase<T>(config: GatewayConfig, work: (database: Database) => Promise<T>): Promise<T> {
  const logger = pino({ level: 'warn' }, pino.destination({ dest: 2, sync: true }));
  const embedded = config.databaseUrl
    ? undefined
    : await EmbeddedDatabase.start(config.dataDir, (message) => logger.info(message));
  try {
    const database = await Database.open({ url: config.databaseUrl ?? embedded?.url ?? '' });
    try {
      return await work(database);
    } finally {
      await database.close();
    }
  } finally {
    // One that was running before goes on running.
    if (embedded?.startedBy === 'us') await embedded.stop();
  }
}
