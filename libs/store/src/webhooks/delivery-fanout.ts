import { Injectable } from '@nestjs/common';
import { Database, type Statement } from '../database.js';
import { HELD_BACK, OLDEST_RUNNING } from '../events/event-log.js';
import { newIdSeries, SERIES_DIGITS } from '../new-id.js';
import type { Lane } from './delivery.record.js';
import { isFor } from './is-for.js';
import { WEBHOOK_LANES } from './lanes.js';

/**
 * The row of the cursor is the turn to hand out: whoever finds it locked leaves it to the other. A cursor that was moved
 * since the snapshot is read as it is now, and all events behind it that the snapshot may show are there to be seen.
 * Webhooks are locked against being deleted meanwhile.
 */
const HAND_OUT: Statement = {
  name: 'deliveries.hand-out',
  text: `
    with turn as (
      select transaction_id, position from webhook_cursor where id = 1 for update skip locked
    ), page as (
      select e.* from turn cross join lateral (
        select transaction_id, position, organization_id, session_id, event from events
        where (transaction_id, position) > (turn.transaction_id, turn.position) and transaction_id < ${OLDEST_RUNNING}
        order by transaction_id, position limit $1
      ) e
    ), receiver as (
      select id, organization_id, events, session_id, session_ids, active from webhooks
      where organization_id = any (array(select distinct organization_id from page))
        and (active or paused_reason is not null)
      order by id for key share
    ), wanted as (
      select e.transaction_id, e.position, r.id as webhook_id, r.active,
        (hashtextextended(coalesce(e.session_id, ''), 0) & ${WEBHOOK_LANES - 1})::smallint as lane,
        row_number() over (order by e.transaction_id, e.position, r.id) as number
      from page e join receiver r on r.organization_id = e.organization_id
      where ${isFor('r', 'e')}
    ), handed as (
      insert into webhook_deliveries
        (id, webhook_id, lane, event_transaction_id, event_position, status, due_at, created_at)
      select 'dlv_' || $2 || lpad(number::text, ${SERIES_DIGITS}, '0'), webhook_id, lane, transaction_id, position,
        'pending', now(), now()
      from wanted order by number
      on conflict (event_transaction_id, event_position, webhook_id) do nothing
    ), moved as (
      update webhook_cursor c set (transaction_id, position) = (last.transaction_id, last.position)
      from (select transaction_id, position from page order by transaction_id desc, position desc limit 1) last
      where c.id = 1
    )
    select
      (select count(*) from turn) as turns,
      (select count(*) from page) as events,
      ${HELD_BACK} as held_back,
      exists (select from webhooks) as has_receivers,
      array(select distinct webhook_id || '/' || lane from wanted where active) as lanes`,
};

export interface HandedOut {
  /** Whether it was another process's turn; then nothing was done. */
  isTaken: boolean;
  /** How many were read from the log; as many as were asked for: more may wait. */
  events: number;
  /** Whether there are events that cannot be handed out before an older transaction ends. */
  isHeldBack: boolean;
  /** Whether there is any webhook. */
  hasReceivers: boolean;
  /** Where active webhooks have got something. */
  lanes: Lane[];
}

interface HandOutRow {
  turns: number;
  events: number;
  held_back: boolean;
  has_receivers: boolean;
  lanes: string[];
}

/** Makes deliveries out of the log: each event once for each webhook that wants it, whatever processes do so at once. */
@Injectable()
export class DeliveryFanOut {
  constructor(private readonly database: Database) {}

  /** The next `limit` events of the log at most, as far as they are safe to read. */
  async handOut(limit: number): Promise<HandedOut> {
    const [row] = await this.database.rows<HandOutRow>(HAND_OUT, [limit, newIdSeries()]);
    if (!row) throw new Error('the database did not say what was handed out');
    return {
      isTaken: row.turns === 0,
      events: row.events,
      isHeldBack: row.held_back,
      hasReceivers: row.has_receivers,
      lanes: row.lanes.flatMap((key) => laneOf(key) ?? []),
    };
  }
}

/** `<webhook>/<lane>`. */
export function laneKey({ webhookId, lane }: Lane): string {
  return `${webhookId}/${lane}`;
}

function laneOf(key: string): Lane | undefined {
  const [, webhookId, lane] = /^(.+)\/(\d+)$/.exec(key) ?? [];
  return webhookId === undefined ? undefined : { webhookId, lane: Number(lane) };
}
