import { realpath } from 'node:fs/promises';
import pg from 'pg';
import type { ClusterFile } from './cluster-file.js';
import { SUPERUSER } from './create-cluster.js';

export const DATABASE = 'gateway';

export function urlOf({ port, password }: ClusterFile, database = DATABASE): string {
  return `postgres://${SUPERUSER}:${password}@127.0.0.1:${port}/${database}`;
}

/**
 * - `ours`: the server accepts our password and serves `data`.
 * - `not_yet`: nobody listens, or the server is still starting.
 * - `foreign`: it is another server, or it does not know our password.
 */
export type Login = 'ours' | 'not_yet' | 'foreign';

export async function tryLogin(cluster: ClusterFile, data: string): Promise<Login> {
  try {
    return await withClient(urlOf(cluster, 'postgres'), async (client) => {
      const { rows } = await client.query<{ data_directory: string }>('show data_directory');
      const served = await realpath(rows[0]?.data_directory ?? '/').catch(() => undefined);
      return served === data ? 'ours' : 'foreign';
    });
  } catch (error) {
    return classify(error);
  }
}

function classify(error: unknown): Login {
  const code = (error as { code?: string }).code ?? '';
  // Class 57P: starting up, shutting down. Class 53: no connection free.
  if (/^(57P|53)/.test(code)) return 'not_yet';
  if (/^[0-9A-Z]{5}$/.test(code)) return 'foreign';
  // ECONNREFUSED, ECONNRESET, a time-out; or a server that is none of PostgreSQL, which shows by never becoming ours.
  return 'not_yet';
}

/** Makes our database unless it is there. */
export async function ensureDatabase(cluster: ClusterFile): Promise<void> {
  await withClient(urlOf(cluster, 'postgres'), async (client) => {
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [DATABASE]);
    if (rowCount) return;
    await client.query(`create database ${DATABASE}`).catch((error: { code?: string }) => {
      // Another process was faster: as a duplicate, or caught at the index.
      if (error.code !== '42P04' && error.code !== '23505') throw error;
    });
  });
}

export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000, query_timeout: 30_000 });
  // A connection that breaks while it waits makes the query in progress fail; nothing else needs to hear of it.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end();
  }
}
