import { Injectable } from '@nestjs/common';
import { Database, type Statement } from '../database.js';

const PURGED_AT_ONCE = 100;

/** Whoever issues one takes away some that nobody came for. */
const ISSUE: Statement = {
  name: 'realtime-tickets.issue',
  text: `
    with expired as (
      select hash from realtime_tickets where expires_at <= clock_timestamp()
      limit ${PURGED_AT_ONCE} for update skip locked
    ), purged as (
      delete from realtime_tickets using expired where realtime_tickets.hash = expired.hash
    )
    insert into realtime_tickets (hash, principal, expires_at)
    values ($1, $2::json, clock_timestamp() + $3 * interval '1 ms')
    returning (extract(epoch from expires_at) * 1000)::bigint as expires_at`,
};
const REDEEM: Statement = {
  name: 'realtime-tickets.redeem',
  text: `
    delete from realtime_tickets where hash = $1
    returning principal, expires_at > clock_timestamp() as is_valid`,
};

/** Whose ticket it is: a key is looked up again, a person is told by what the login token said. */
export type TicketHolder =
  | { kind: 'api-key'; id: string }
  | { kind: 'jwt'; id: string; organizationId: string; roles: readonly string[]; validUntil?: number };

/** Tickets for one stream each, by their SHA-256. Whichever process issued one, any process can redeem it, once. */
@Injectable()
export class RealtimeTickets {
  constructor(private readonly database: Database) {}

  /** When it expires: epoch milliseconds, by the clock of the database. */
  async issue(hash: Buffer, holder: TicketHolder, ttlMs: number): Promise<number> {
    const values = [hash, JSON.stringify(holder), ttlMs];
    const [row] = await this.database.rows<{ expires_at: number }>(ISSUE, values);
    if (!row) throw new Error('the database did not return the ticket that it stored');
    return row.expires_at;
  }

  /** `undefined` for a ticket that is unknown, used or expired. */
  async redeem(hash: Buffer): Promise<TicketHolder | undefined> {
    const [row] = await this.database.rows<{ principal: TicketHolder; is_valid: boolean }>(REDEEM, [hash]);
    return row?.is_valid ? row.principal : undefined;
  }
}
