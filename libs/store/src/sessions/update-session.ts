import type { Statement } from '../database.js';
import { THIS_TRANSACTION } from '../events/event-log.js';
import { wakeReaders } from '../events/session-events.js';
import { PATCHED_COLUMNS, SESSION_COLUMNS } from './session.row.js';

const EVENT_COLUMNS = 'transaction_id, id, organization_id, session_id, event, payload, created_at';

/**
 * Sets the columns that the JSON object `$4` names; none when another lease than the one with fence `$3` is in force. The
 * row is locked before it is looked at, so that what it was before is what this very statement changes.
 */
export const UPDATE: Statement = {
  name: 'sessions.update',
  text: `
    with before as (
      select id, status, status_reason from sessions
      where id = $1 and ($2::text is null or organization_id = $2) and (
        $3::bigint is null or exists (select from session_leases l where l.session_id = sessions.id and l.fence = $3)
      )
      for no key update
    ), updated as (
      update sessions s set updated_at = $5, (${PATCHED_COLUMNS.join(', ')}) = (
        select ${PATCHED_COLUMNS.map((column) => `p.${column}`).join(', ')} from jsonb_populate_record(s, $4::jsonb) p
      )
      from before where s.id = before.id
      returning s.*
    ), told as (
      insert into events (${EVENT_COLUMNS})
      select ${THIS_TRANSACTION}, $6, s.organization_id, s.id, 'session.status', json_strip_nulls(json_build_object(
        'status', s.status, 'statusReason', s.status_reason, 'nextRetryAt', s.next_retry_at
      )), $5
      from updated s join before using (id)
      where (s.status, s.status_reason) is distinct from (before.status, before.status_reason)
      returning id
    )
    select ${SESSION_COLUMNS}, ${wakeReaders('told')} from updated`,
};

const IS_UNSETTLED = `desired = 'stopped' and status in ('starting', 'scan_qr_code', 'working')`;

/** Sessions that were left half way through a stop or a logout. */
export const UNSETTLED: Statement = {
  name: 'sessions.unsettled',
  text: `select id from sessions where ${IS_UNSETTLED} order by id`,
};
/** Those of them that still are; each with the id of the event that tells it. */
export const SETTLE: Statement = {
  name: 'sessions.settle',
  text: `
    with unsettled as (
      select s.id, given.event_id from sessions s join unnest($1::text[], $2::text[]) as given (id, event_id) using (id)
      where ${IS_UNSETTLED}
      order by s.id for no key update of s
    ), settled as (
      update sessions s set status = 'stopped', status_reason = null, next_retry_at = null, updated_at = $3
      from unsettled where s.id = unsettled.id
      returning s.id, s.organization_id, unsettled.event_id
    ), told as (
      insert into events (${EVENT_COLUMNS})
      select ${THIS_TRANSACTION}, event_id, organization_id, id, 'session.status', '{"status":"stopped"}', $3
      from settled order by id
      returning id
    )
    select ${wakeReaders('told')}`,
};
