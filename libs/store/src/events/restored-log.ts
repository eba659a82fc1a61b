import type pg from 'pg';

/**
 * Events, deliveries and the cursor go down together by as much as brings the newest one below what this server numbers
 * next. One statement: the deliveries refer to the events.
 */
const RENUMBER = `
  with newest as (
    select greatest((select max(transaction_id) from events), (select max(transaction_id) from webhook_cursor)) as number
  ), shift as (
    select number - next + 1 as by
    from newest, lateral (select pg_snapshot_xmax(pg_current_snapshot())::text::bigint as next) server
    where number >= next
  ), renumbered as (
    update events set transaction_id = transaction_id - by from shift
  ), referring as (
    update webhook_deliveries set event_transaction_id = event_transaction_id - by from shift
  )
  update webhook_cursor set transaction_id = transaction_id - by from shift`;

/**
 * Takes in the log of a database that was dumped and restored into another server, which numbers transactions anew: what
 * happens from here on would else come before what the log holds, and no reader would see it. Does nothing to any other.
 */
export async function takeInRestoredLog(client: pg.Client): Promise<void> {
  await client.query(RENUMBER);
}
