import { hostname } from 'node:os';
import type pg from 'pg';
import { LOCKS, LOCK_SPACE } from '../locks.js';

export interface LockHolder {
  host: string;
  pid: number;
  /** Since when it is connected; epoch milliseconds. */
  since: number;
  isThisProcess: boolean;
  /** The server's own process for the connection that holds the lock. */
  backend: number;
}

const NAME = /^whats-gateway (.+):(\d+)$/;

/** What the connection that holds the lock calls itself, so that others can say who it is. */
export function holderName(): string {
  // PostgreSQL cuts names off at 63 bytes.
  return `whats-gateway ${hostname().slice(0, 38)}:${process.pid}`;
}

/** Who holds the process lock of this database; `undefined` when nobody does. */
export async function holderOf(client: pg.Client): Promise<LockHolder | undefined> {
  const { rows } = await client.query<{ application_name: string; since: string; backend: number }>(
    `select a.application_name, a.pid as backend, (extract(epoch from a.backend_start) * 1000)::bigint as since
     from pg_locks l join pg_stat_activity a on a.pid = l.pid
     where l.locktype = 'advisory' and l.granted and l.classid = $1 and l.objid = $2 and l.objsubid = 2
       and l.database = (select oid from pg_database where datname = current_database())`,
    [LOCK_SPACE, LOCKS.process],
  );
  const [row] = rows;
  if (!row) return undefined;
  const [, host = 'unknown', pid = '0'] = NAME.exec(row.application_name) ?? [];
  const isThisProcess = row.application_name === holderName();
  return { host, pid: Number(pid), since: Number(row.since), isThisProcess, backend: row.backend };
}
