import pg from 'pg';
import { DataSource } from 'typeorm';
import { COLUMN_TYPES } from './column-types.js';
import { ENTITIES } from './entities/index.js';
import { MIGRATIONS } from './migrations/index.js';
import { breakWhenSilent } from './silent-server.js';

const SILENCE_MARGIN_MS = 5_000;
/** There is only one: while it is being made to no avail, nobody tries another. */
const RESERVED_CONNECT_MS = 1_000;

export interface ConnectionOptions {
  /** `postgres://user:password@host:port/database`. */
  url: string;
  applicationName?: string;
  /** Most connections open at once; 10 unless given. */
  poolSize?: number;
  /** How long a new connection, or a free one of the pool, is waited for; 5 s unless given. */
  connectTimeoutMs?: number;
  /**
   * How long one statement may take, and a transaction do nothing; 15 s unless given, 0 for no bound. A dead server is
   * then an error, not a hang, and a dead gateway holds up nobody.
   */
  statementTimeoutMs?: number;
  /** Told of connections that broke while idle; the pool replaces them by itself. */
  onPoolError?: (error: Error) => void;
}

/** A data source that is not connected yet. */
export function dataSourceOf(options: ConnectionOptions): DataSource {
  return new DataSource({
    type: 'postgres',
    url: options.url,
    entities: ENTITIES,
    migrations: MIGRATIONS,
    migrationsTableName: 'migrations',
    installExtensions: false,
    logging: false,
    applicationName: applicationName(options),
    poolSize: options.poolSize ?? 10,
    connectTimeoutMS: options.connectTimeoutMs ?? 5_000,
    poolErrorHandler: (error: Error) => options.onPoolError?.(error),
    extra: connectionSettings(options),
  });
}

/** One more connection, made when it is first needed, for what must not wait until others are done with theirs. */
export function reservedConnection(options: ConnectionOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString: options.url,
    application_name: applicationName(options),
    max: 1,
    connectionTimeoutMillis: RESERVED_CONNECT_MS,
    ...connectionSettings(options),
  });
  pool.on('error', (error: Error) => options.onPoolError?.(error));
  return pool;
}

/** A client that is not connected yet, for what is to be heard of as it happens. Nobody else uses its connection. */
export function listeningClient(options: ConnectionOptions): pg.Client {
  return new pg.Client({
    connectionString: options.url,
    application_name: applicationName(options),
    connectionTimeoutMillis: options.connectTimeoutMs ?? 5_000,
    keepAlive: true,
    // A gateway that vanished without a word (power, network) keeps the server's queue of messages full until noticed.
    options: '-c tcp_keepalives_idle=5 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=2',
  });
}

function applicationName(options: ConnectionOptions): string {
  return options.applicationName ?? 'whats-gateway';
}

function connectionSettings(options: ConnectionOptions): pg.PoolConfig {
  const statementTimeout = options.statementTimeoutMs ?? 15_000;
  return {
    types: COLUMN_TYPES,
    keepAlive: true,
    // Our statements are look-ups whose plan does not depend on the values: planning each anew costs more than it saves.
    // A gateway that vanished without a word (power, network) leaves its transactions open: they hold back the log of all.
    options: `-c plan_cache_mode=force_generic_plan -c idle_in_transaction_session_timeout=${statementTimeout}`,
    statement_timeout: statementTimeout || undefined,
    onConnect: (client: pg.ClientBase) => {
      // Between the pool, which stops listening, and TypeORM, which starts to some turns later, nobody else does: the
      // error of a connection that breaks then would end the process. Whoever uses it next finds that it is broken.
      client.on('error', () => undefined);
      // The server's own limit comes first; this one is for a server that no longer answers.
      if (statementTimeout) breakWhenSilent(client, statementTimeout + SILENCE_MARGIN_MS);
    },
  };
}
