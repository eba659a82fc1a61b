import { Injectable } from '@nestjs/common';
import { Database, type Statement } from '../database.js';
import { EVENT_COLUMNS, toEvent, type EventRow } from '../events/event.row.js';
import type { DueDelivery, LaneClaim, LaneWork } from './delivery.record.js';
import { EVENT_OF_IT } from './delivery.row.js';
import { isFor } from './is-for.js';

const READ: Statement = {
  name: 'deliveries.read',
  text: `
    with mine as materialized (
      select l.webhook_id, l.lane, w.events, w.session_id, w.session_ids, w.updated_at
      from webhook_lanes l join webhooks w on w.id = l.webhook_id
      where l.webhook_id = $1 and l.lane = $2 and l.claim_id = $3 and w.active
    ), first as materialized (
      select d.* from mine cross join lateral (
        select id, attempts, due_at, requested, event_transaction_id, event_position from webhook_deliveries
        where webhook_id = mine.webhook_id and lane = mine.lane and status = 'pending' and attempts = 0
        order by event_transaction_id, event_position limit $4
      ) d
    ), again as materialized (
      select d.* from mine cross join lateral (
        select id, attempts, due_at, requested, event_transaction_id, event_position from webhook_deliveries
        where webhook_id = mine.webhook_id and lane = mine.lane and status = 'pending' and attempts > 0
          and due_at <= now()
        order by due_at limit $4
      ) d
    ), next as (
      select ceil(extract(epoch from d.due_at - now()) * 1000)::integer as due_ms from mine cross join lateral (
        select due_at from webhook_deliveries
        where webhook_id = mine.webhook_id and lane = mine.lane and status = 'pending' and attempts > 0
          and due_at > now()
        order by due_at limit 1
      ) d
    )
    select d.id as delivery_id, d.attempts, null as due_ms, mine.updated_at as as_of,
      d.requested or ${isFor('mine', 'e')} as is_wanted, ${EVENT_COLUMNS}
    from (
      select * from first union all select * from again
    ) d cross join mine join events e on ${EVENT_OF_IT}
    union all
    select null, null, due_ms, null, null, null, null, null, null, null, null, null, null from next
    order by attempts, transaction_id, position`,
};
/** Of what was read: what is not wanted now, either, while the claim still stands. */
const DISCARD: Statement = {
  name: 'deliveries.discard-read',
  text: `
    with mine as materialized (
      select webhook_id, lane from webhook_lanes where webhook_id = $1 and lane = $2 and claim_id = $3 for no key update
    )
    delete from webhook_deliveries d using mine, webhooks w, events e
    where d.id = any ($4) and d.webhook_id = mine.webhook_id and d.lane = mine.lane and d.status = 'pending'
      and not d.requested and w.id = d.webhook_id and ${EVENT_OF_IT}
      and not ${isFor('w', 'e')}`,
};

type DeliveryRow = EventRow & { delivery_id: string; attempts: number; as_of: number; is_wanted: boolean };
type WorkRow = DeliveryRow | { delivery_id: null; due_ms: number };

/** What waits in the lanes. */
@Injectable()
export class DeliveryWork {
  constructor(private readonly database: Database) {}

  /**
   * At most `limit` of either kind. Nothing when the claim is lost, or the webhook not active any more. What the webhook
   * wanted once and wants no longer is discarded where it is come upon, so that it never arrives, whoever was to take it
   * away before; unless somebody asked for it again.
   */
  async read({ webhookId, lane, claimId }: LaneClaim, limit: number): Promise<LaneWork> {
    const rows = await this.database.rows<WorkRow>(READ, [webhookId, lane, claimId, limit]);
    const work: LaneWork = { first: [], again: [], discarded: 0 };
    const unwanted: string[] = [];
    for (const row of rows) {
      if (row.delivery_id === null) {
        work.nextDueMs = row.due_ms;
        continue;
      }
      work.asOf = row.as_of;
      if (!row.is_wanted) unwanted.push(row.delivery_id);
      else (row.attempts === 0 ? work.first : work.again).push(toDelivery(row));
    }
    if (unwanted.length > 0) await this.database.rows(DISCARD, [webhookId, lane, claimId, unwanted]);
    return { ...work, discarded: unwanted.length };
  }
}

function toDelivery(row: DeliveryRow): DueDelivery {
  return { id: row.delivery_id, attempts: row.attempts, event: toEvent(row) };
}
