/**
 * SQL: `waiting`, the lanes in which deliveries are pending, with the earliest moment that one is due. Goes from lane to
 * lane along the indexes, so that it costs nothing how many deliveries a lane holds. Needs `with recursive`.
 */
export const DUE_LANES = `
    first (webhook_id, lane) as (
      (select webhook_id, lane from webhook_deliveries where status = 'pending' and attempts = 0
       order by webhook_id, lane limit 1)
      union all
      select next.webhook_id, next.lane from first cross join lateral (
        select webhook_id, lane from webhook_deliveries d
        where status = 'pending' and attempts = 0 and (d.webhook_id, d.lane) > (first.webhook_id, first.lane)
        order by webhook_id, lane limit 1
      ) next
    ), again (webhook_id, lane, due_at) as (
      (select webhook_id, lane, due_at from webhook_deliveries where status = 'pending' and attempts > 0
       order by webhook_id, lane, due_at limit 1)
      union all
      select next.webhook_id, next.lane, next.due_at from again cross join lateral (
        select webhook_id, lane, due_at from webhook_deliveries d
        where status = 'pending' and attempts > 0 and (d.webhook_id, d.lane) > (again.webhook_id, again.lane)
        order by webhook_id, lane, due_at limit 1
      ) next
    ), waiting as (
      select webhook_id, lane, min(due_at) as due_at from (
        select webhook_id, lane, '-infinity'::timestamptz as due_at from first
        union all
        select webhook_id, lane, due_at from again
      ) both_kinds group by webhook_id, lane
    )`;

/** How long until the next one is due. */
export interface DueLane {
  webhook_id: null;
  due_ms: number | null;
}
