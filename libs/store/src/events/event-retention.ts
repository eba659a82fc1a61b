import { Injectable } from '@nestjs/common';
import { Database, type Statement } from '../database.js';
import { LOCKS, LOCK_SPACE } from '../locks.js';
import { OLDEST_RUNNING } from './event-log.js';
import { LOG_START, type LogPosition } from './event.record.js';

/** Few enough to hold up nothing else. In the text of the statement, so that it is planned for so few. */
const AT_ONCE = 1_000;

/** The newest of those that are too many. */
const OVERFLOW: Statement = {
  name: 'events.overflow',
  text: `
    select transaction_id, position from events
    order by transaction_id desc, position desc offset $1 limit 1`,
};
/**
 * Goes from the old end up to the first event that stays, whatever may go behind that. The lock keeps processes from
 * doing the same work at once; were they to, no more would go. Rows are never updated, so that `ctid` names them; with it,
 * and with a subquery instead of `exists`, no plan reads more of a table than it has to.
 */
const REMOVE: Statement = {
  name: 'events.remove',
  text: `
    with turn as materialized (
      select pg_try_advisory_xact_lock(${LOCK_SPACE}, ${LOCKS.eventRetention}) as is_mine
    ), oldest as materialized (
      select ctid, transaction_id, position, created_at from events
      where (select is_mine from turn) and transaction_id < ${OLDEST_RUNNING}
      order by transaction_id, position limit ${AT_ONCE}
    ), handed_out as materialized (
      select transaction_id, position from webhook_cursor where exists (select from webhooks)
    ), staying as materialized (
      select transaction_id, position from oldest o
      where o.created_at >= $1 and (o.transaction_id, o.position) > ($2, $3)
        or exists (select from handed_out h where (o.transaction_id, o.position) > (h.transaction_id, h.position))
        or (
          select true from webhook_deliveries d join webhooks w on w.id = d.webhook_id
          where (d.event_transaction_id, d.event_position) = (o.transaction_id, o.position)
            and d.status = 'pending' and w.active
          limit 1
        )
      order by transaction_id, position limit 1
    ), removed as (
      delete from events where ctid = any (array(
        select o.ctid from oldest o left join staying s on true
        where s.position is null or (o.transaction_id, o.position) < (s.transaction_id, s.position)
      ))
      returning 1
    )
    select count(*) as removed from removed`,
};

export interface RetentionLimits {
  /** Epoch milliseconds: what is older may go. */
  before: number;
  /** Whatever is up to here may go, too. */
  upTo: LogPosition;
}

export interface RemovedEvents {
  removed: number;
  /** Whether no more may go for now. */
  isLast: boolean;
}

/**
 * Takes old events out of the log, with their deliveries. Always from its old end, so that behind an event that is there
 * nothing is missing. One that an active webhook has not got yet, or that was not handed out to webhooks, stays, and all
 * that follow it.
 */
@Injectable()
export class EventRetention {
  constructor(private readonly database: Database) {}

  /** Behind which there are just the `most` newest events; `LOG_START` while there are no more than that. */
  async overflow(most: number): Promise<LogPosition> {
    const [row] = await this.database.rows<{ transaction_id: number; position: number }>(OVERFLOW, [most]);
    return row ? { transaction: row.transaction_id, position: row.position } : LOG_START;
  }

  /** In a short transaction; nothing while another process is at it. */
  async remove({ before, upTo }: RetentionLimits): Promise<RemovedEvents> {
    const [row] = await this.database.rows<{ removed: number }>(REMOVE, [before, upTo.transaction, upTo.position]);
    const removed = row?.removed ?? 0;
    return { removed, isLast: removed < AT_ONCE };
  }
}
