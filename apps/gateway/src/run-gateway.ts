import type { Logger } from 'pino';
import type { GatewayConfig } from '#config';
import { EmbeddedDatabase, type LockEvent, ProcessLock } from '#store';
import { ApiKeysService } from './api-keys/api-keys.service.js';
import { createGateway, type Gateway } from './create-gateway.js';
import { credentialsKeys } from './credentials-keys.js';

export interface RunningGateway {
  url: string;
  /** The key that an empty database starts with; only there the one time. */
  firstKey?: string;
  /** Finishes what goes on, then stops sessions and database. */
  stop(): Promise<void>;
}

interface Started {
  database?: EmbeddedDatabase;
  lock?: ProcessLock;
  gateway?: Gateway;
}

/**
 * Starts database, lock and service, in this order; what had started is stopped again when one of them fails. `ousted`
 * is called when another process has taken over, and this one has to end.
 */
export async function runGateway(config: GatewayConfig, logger: Logger, ousted: () => void): Promise<RunningGateway> {
  const started: Started = {};
  try {
    return await start(config, logger, ousted, started);
  } catch (error) {
    await stop(started);
    throw error;
  }
}

async function start(
  config: GatewayConfig,
  logger: Logger,
  ousted: () => void,
  started: Started,
): Promise<RunningGateway> {
  const url = config.databaseUrl ?? (await embedded(config, logger, started)).url;
  started.lock = await ProcessLock.acquire(url, { onEvent: (event) => report(event, logger, ousted) });
  const store = { url, credentialsKeys: await credentialsKeys(config) };
  const gateway = (started.gateway = await createGateway({ config, logger, store, holder: started.lock.holder }));
  const firstKey = config.jwt ? undefined : await gateway.app.get(ApiKeysService).createFirst();
  return { url: config.publicUrl ?? gateway.url, firstKey, stop: () => stop(started) };
}

async function embedded(config: GatewayConfig, logger: Logger, started: Started): Promise<EmbeddedDatabase> {
  const log = (message: string): void => logger.info({ context: 'Database' }, message);
  return (started.database = await EmbeddedDatabase.start(config.dataDir, log));
}

function report(event: LockEvent, logger: Logger, ousted: () => void): void {
  switch (event.type) {
    case 'lost':
      return logger.warn({ err: event.error }, 'the lock on the database is lost; asking for it again');
    case 'reacquired':
      return logger.info('the lock on the database is held again');
    case 'taken':
      logger.error({ err: event.error }, 'another gateway has taken over this database');
      return ousted();
  }
}

/** The database last: sessions store their state while they close. Its lock before it, or it counts as in use. */
async function stop({ gateway, lock, database }: Started): Promise<void> {
  try {
    await gateway?.close();
  } finally {
    await lock?.release();
    await database?.stop();
  }
}
