import { Injectable } from '@nestjs/common';
import type { SessionLease } from '#whatsapp';
import { Database, type Statement } from '../database.js';
import { HOLDER_LOCK_SPACE } from '../locks.js';

/** Who holds leases. */
export interface LeaseHolder {
  /** For people. */
  name: string;
  /** Number of the advisory lock that it keeps while it lives; without one only time tells that it is gone. */
  lock?: number;
}

/** A subquery that has to be asked for each row: a claim may wait for a row until another holder has come to life. */
const HOLDER_LIVES = `
  coalesce((
    select true from pg_locks
    where locktype = 'advisory' and granted and classid = ${HOLDER_LOCK_SPACE} and objid = l.holder_lock::oid and objsubid = 2
      and database = (select oid from pg_database where datname = current_database())
    limit 1
  ), l.holder_lock is null)`;

/** In one order always, sessions before leases, as all who lock several of them. */
const CLAIM: Statement = {
  name: 'leases.claim',
  text: `
    with wanted as (
      select id from sessions where id = any ($1) order by id for key share
    )
    insert into session_leases as l (session_id, fence, holder, holder_lock, expires_at)
    select id, 1, $2, $3, clock_timestamp() + $4 * interval '1 ms' from wanted
    on conflict (session_id) do update set
      (fence, holder, holder_lock, expires_at) =
        (l.fence + 1, excluded.holder, excluded.holder_lock, clock_timestamp() + $4 * interval '1 ms')
    where l.holder is null or l.expires_at <= clock_timestamp() or l.holder_lock = excluded.holder_lock
      or not ${HOLDER_LIVES}
    returning session_id, fence`,
};
const MINE = `
    with mine as (
      select l.session_id, l.fence from session_leases l
      join unnest($1::text[], $2::bigint[]) as given (session_id, fence) using (session_id, fence)
      where l.holder is not null
      order by session_id for no key update of l
    )`;
const RENEW: Statement = {
  name: 'leases.renew',
  text: `${MINE}
    update session_leases l set holder = $3, holder_lock = $4, expires_at = clock_timestamp() + $5 * interval '1 ms'
    from mine where l.session_id = mine.session_id
    returning l.session_id, l.fence`,
};
const RELEASE: Statement = {
  name: 'leases.release',
  text: `${MINE}
    update session_leases l set holder = null, holder_lock = null, expires_at = null
    from mine where l.session_id = mine.session_id`,
};

const RENEWAL_TIMEOUT_MS = 5_000;

interface LeaseRow {
  session_id: string;
  fence: number;
}

/** Who may run which session. One statement each, however many leases there are. */
@Injectable()
export class SessionLeases {
  constructor(private readonly database: Database) {}

  /**
   * New leases, for `ttlMs`, of those of the sessions that exist and that nobody else holds: nobody took them, the lease
   * ran out, or its holder is dead. What this holder had of them before is lost, too. Waits for writes of credentials
   * that are under way.
   */
  async claim(sessionIds: readonly string[], holder: LeaseHolder, ttlMs: number): Promise<SessionLease[]> {
    const rows = await this.database.rows<LeaseRow>(CLAIM, [sessionIds, holder.name, holder.lock ?? null, ttlMs]);
    return rows.map(toLease);
  }

  /**
   * Those of the leases that nobody has taken over; they last `ttlMs` from now. One that ran out is held again, one that
   * was given back is not. An answer that takes longer than `timeoutMs` is none: `GatewayUnavailableError`. Whatever
   * else is asked of the database meanwhile, this does not wait for it.
   */
  async renew(
    leases: readonly SessionLease[],
    holder: LeaseHolder,
    ttlMs: number,
    timeoutMs = RENEWAL_TIMEOUT_MS,
  ): Promise<SessionLease[]> {
    const values = [...columnsOf(leases), holder.name, holder.lock ?? null, ttlMs];
    return (await this.database.urgentRows<LeaseRow>(RENEW, values, timeoutMs)).map(toLease);
  }

  /** Others may claim the sessions at once. Leases that were taken over stay with whom they are. */
  async release(leases: readonly SessionLease[]): Promise<void> {
    await this.database.rows(RELEASE, columnsOf(leases));
  }
}

function toLease({ session_id: sessionId, fence }: LeaseRow): SessionLease {
  return { sessionId, fence };
}

function columnsOf(leases: readonly SessionLease[]): unknown[] {
  return [leases.map(({ sessionId }) => sessionId), leases.map(({ fence }) => fence)];
}
