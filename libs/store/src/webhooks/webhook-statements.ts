import type { Statement } from '../database.js';
import { WEBHOOKS_CHANNEL } from '../wakeups/channels.js';
import { WEBHOOK_LANES } from './lanes.js';
import { WEBHOOK_COLUMNS } from './webhook.row.js';

/** A caller that is limited to some sessions sees the webhooks that reach no further. Of `webhooks`, called `w`. */
export const VISIBLE_WEBHOOK = `(
    w.organization_id = $1 and ($2::text[] is null or w.session_id = any ($2) or w.session_ids <@ $2))`;

/** Every process hears of it once it is committed. */
const TELL = `pg_notify('${WEBHOOKS_CHANNEL}', id)`;

export const GET: Statement = {
  name: 'webhooks.get',
  text: `select ${WEBHOOK_COLUMNS} from webhooks w where ${VISIBLE_WEBHOOK} and id = $3`,
};
export const LIST: Statement = {
  name: 'webhooks.list',
  text: `select ${WEBHOOK_COLUMNS} from webhooks w where ${VISIBLE_WEBHOOK} and id > $3 order by id limit $4`,
};
export const CONFIGURATION: Statement = {
  name: 'webhooks.configuration',
  text: `select ${WEBHOOK_COLUMNS}, key_id, sealed from webhooks where id = $1`,
};
/** Nothing is sent to it, or handed out to it, any more. */
export const CLOSE: Statement = {
  name: 'webhooks.close',
  text: `
    with closed as (
      update webhooks w set active = false, paused_reason = null where ${VISIBLE_WEBHOOK} and id = $3 returning id
    )
    select ${TELL} from closed`,
};
/** The same for those that are for one session alone, and go with it. */
export const CLOSE_OF_SESSION: Statement = {
  name: 'webhooks.close-of-session',
  text: `
    with locked as (
      select id from webhooks where session_id = (select id from sessions where id = $1 and organization_id = $2)
      order by id for no key update
    ), closed as (
      update webhooks w set active = false, paused_reason = null from locked where w.id = locked.id returning w.id
    )
    select id, ${TELL} from closed`,
};
/** Its lanes go with it: they are locked after it and in their order, as by everybody. */
export const DELETE: Statement = {
  name: 'webhooks.delete',
  text: `
    with locked as (
      select id from webhooks w where ${VISIBLE_WEBHOOK} and id = $3 for update
    ), lanes as (
      select lane from webhook_lanes where webhook_id = (select id from locked) order by lane for update
    ), deleted as (
      delete from webhooks where id in (select id from locked) and (select count(*) from lanes) >= 0 returning id
    )
    select ${TELL} from deleted`,
};

/** Parts of transactions. */
export const COUNT = 'select count(*) as webhooks from webhooks where organization_id = $1';
/** Against being handed out to, too: what is handed out after a change is what it wants after that. */
export const LOCK = `
  select ${WEBHOOK_COLUMNS}, key_id, sealed from webhooks w where ${VISIBLE_WEBHOOK} and id = $3 for update`;
/** SQL: `updated_at` of a webhook `w` that is changed at `now`: it tells each of its states from all others, whatever clocks say. */
export const updatedAt = (now: string): string => `greatest(${now}::bigint, w.updated_at + 1)`;

/** Both begin with the values of `settingsOf`. */
export const CREATE = `
  with created as (
    insert into webhooks (
      url, events, session_id, session_ids, header_names, key_id, sealed, retry_policy, retry_delay_seconds,
      retry_attempts, active, paused_reason, updated_at, created_at, id, organization_id, created_by
    ) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13, $14, $15, $16)
    returning *
  ), lanes as (
    insert into webhook_lanes (webhook_id, lane)
    select id, lane from created, generate_series(0, ${WEBHOOK_LANES - 1}) as lane
  )
  select ${WEBHOOK_COLUMNS}, ${TELL} from created`;
export const REVISE = `
  with revised as (
    update webhooks w set
      url = $1, events = $2, session_id = $3, session_ids = $4, header_names = $5, key_id = $6, sealed = $7,
      retry_policy = $8, retry_delay_seconds = $9, retry_attempts = $10, active = $11, paused_reason = $12,
      updated_at = ${updatedAt('$13')}
    where id = $14 and organization_id = $15
    returning *
  )
  select ${WEBHOOK_COLUMNS}, ${TELL} from revised`;
