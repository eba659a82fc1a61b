import { Injectable } from '@nestjs/common';
import { Database, type Statement } from '../database.js';
import { DUE_LANES } from './due-lanes.js';

/** Of each lane it looks at one delivery that was never tried and one that was. */
const LAG: Statement = {
  name: 'deliveries.lag',
  text: `
    with recursive ${DUE_LANES}, late as (
      select waiting.webhook_id, min(d.created_at) as since from waiting
      join webhooks w on w.id = waiting.webhook_id and w.active
      cross join lateral (
        (select created_at from webhook_deliveries
         where webhook_id = waiting.webhook_id and lane = waiting.lane and status = 'pending' and attempts = 0
         order by event_transaction_id, event_position limit 1)
        union all
        (select created_at from webhook_deliveries
         where webhook_id = waiting.webhook_id and lane = waiting.lane and status = 'pending' and attempts > 0
         order by due_at limit 1)
      ) d
      where d.created_at < now() - $1 * interval '1 ms'
      group by waiting.webhook_id
    ), unread as (
      select e.created_at from webhook_cursor c cross join lateral (
        select created_at from events where (transaction_id, position) > (c.transaction_id, c.position)
        order by transaction_id, position limit 1
      ) e
    )
    select
      (select (extract(epoch from now()) * 1000)::bigint - created_at from unread) as unread_ms,
      (select count(*) from late) as late,
      array(select webhook_id from late order by since limit $2) as webhooks,
      (select (extract(epoch from now() - min(since)) * 1000)::bigint from late) as late_ms`,
};

/** Times in milliseconds. */
export interface Lag {
  /** How long ago the oldest event happened that was not handed out yet; absent: there is none. */
  unreadMs?: number;
  /** How many active webhooks wait for a delivery that was handed out longer ago than asked for. */
  late: number;
  /** Those of them that wait longest. */
  webhooks: string[];
  /** How long the first of them waits, about. */
  lateMs?: number;
}

interface LagRow {
  unread_ms: number | null;
  late: number;
  webhooks: string[];
  late_ms: number | null;
}

/** How far webhooks are behind the log. */
@Injectable()
export class DeliveryLag {
  constructor(private readonly database: Database) {}

  /** Who waits for longer than `tolerableMs`, named up to `most`. */
  async measure(tolerableMs: number, most: number): Promise<Lag> {
    const [row] = await this.database.rows<LagRow>(LAG, [tolerableMs, most]);
    if (!row) throw new Error('the database did not say how far webhooks are behind');
    const { unread_ms: unreadMs, late, webhooks, late_ms: lateMs } = row;
    return { unreadMs: unreadMs ?? undefined, late, webhooks, lateMs: lateMs ?? undefined };
  }
}
