import { Injectable } from '@nestjs/common';
import { Database, type Statement } from '../database.js';
import { newEventId, THIS_TRANSACTION } from '../events/event-log.js';
import { EVENTS_CHANNEL, WEBHOOKS_CHANNEL } from '../wakeups/channels.js';
import type { DeliveryOutcome } from './delivery.record.js';
import { updatedAt } from './webhook-statements.js';

/** Why a webhook is paused that gets nothing delivered any more. */
export const PAUSED_FAILING = 'failing';

/**
 * Webhooks that may have to be paused are locked first, then lanes, then deliveries, as by everybody. A delivery that
 * was asked for anew while it was tried starts anew, unless it arrived. A webhook is paused when one of its deliveries
 * died and none has arrived since that was first tried, nor was the webhook changed since: what failed before says nothing
 * of what it is now.
 */
const SETTLE: Statement = {
  name: 'deliveries.settle',
  text: `
    with given as materialized (
      select * from unnest(
        $1::text[], $2::smallint[], $3::text[], $4::text[], $5::integer[], $6::text[], $7::bigint[], $8::integer[],
        $9::integer[], $10::text[], $11::text[], $12::text[]
      ) as g (webhook_id, lane, claim_id, id, attempts, status, delay_ms, latency_ms, http_status, error, excerpt, event_id)
    ), at_risk as materialized (
      select id, organization_id from webhooks
      where active and id = any (array(select webhook_id from given where status = 'dead'))
      order by id for no key update
    ), held as materialized (
      select l.webhook_id, l.lane, l.claim_id from webhook_lanes l
      join (select distinct webhook_id, lane, claim_id from given) g using (webhook_id, lane, claim_id)
      where (select count(*) from at_risk) >= 0
      order by webhook_id, lane for no key update of l
    ), settled as (
      update webhook_deliveries d set
        status = case g.status when 'again' then 'pending' else g.status end,
        attempts = d.attempts + 1,
        due_at = now() + coalesce(g.delay_ms, 0) * interval '1 ms',
        first_attempt_at = case when d.attempts = 0 then now() - g.latency_ms * interval '1 ms'
          else coalesce(d.first_attempt_at, d.created_at) end,
        last_attempt_at = now(), last_status = g.http_status, last_error = g.error, last_latency_ms = g.latency_ms,
        response_excerpt = g.excerpt
      from given g join held h using (webhook_id, lane, claim_id)
      where d.id = g.id and d.status = 'pending' and (d.attempts = g.attempts or g.status = 'delivered')
      returning d.webhook_id, d.lane, d.status, d.first_attempt_at, g.event_id
    ), succeeded as (
      update webhook_lanes l set last_success_at = now()
      from (select distinct webhook_id, lane from settled where status = 'delivered') s
      where l.webhook_id = s.webhook_id and l.lane = s.lane
    ), paused as (
      update webhooks w set active = false, paused_reason = '${PAUSED_FAILING}', updated_at = ${updatedAt('$13')}
      from (
        select webhook_id, min(first_attempt_at) as since, min(event_id) as event_id from settled
        where status = 'dead' group by webhook_id
      ) died
      where w.id = died.webhook_id and w.updated_at <= extract(epoch from died.since) * 1000
        and not exists (select from settled s where s.webhook_id = w.id and s.status = 'delivered')
        and not exists (select from webhook_lanes l where l.webhook_id = w.id and l.last_success_at >= died.since)
        and exists (select from at_risk where at_risk.id = w.id)
      returning w.id, w.organization_id, died.event_id
    ), told as (
      insert into events (transaction_id, id, organization_id, session_id, event, payload, created_at)
      select ${THIS_TRANSACTION}, event_id, organization_id, null, 'webhook.paused',
        json_build_object('webhookId', id, 'reason', '${PAUSED_FAILING}', 'pausedAt', $13::bigint), $13
      from paused
    )
    select id, pg_notify('${EVENTS_CHANNEL}', ''), pg_notify('${WEBHOOKS_CHANNEL}', id) from paused`,
};

/** What became of deliveries. */
@Injectable()
export class DeliveryOutcomes {
  constructor(private readonly database: Database) {}

  /**
   * All in one transaction; those whose claim is lost are not written. Says which webhooks were paused by it. A delivery
   * must not be among them twice.
   */
  async write(outcomes: readonly DeliveryOutcome[]): Promise<string[]> {
    const rows = await this.database.rows<{ id: string }>(SETTLE, [...columnsOf(outcomes), Date.now()]);
    return rows.map(({ id }) => id);
  }
}

/** In the order of `given`. */
function columnsOf(outcomes: readonly DeliveryOutcome[]): unknown[] {
  return [
    outcomes.map(({ claim }) => claim.webhookId),
    outcomes.map(({ claim }) => claim.lane),
    outcomes.map(({ claim }) => claim.claimId),
    outcomes.map(({ deliveryId }) => deliveryId),
    outcomes.map(({ attempts }) => attempts),
    outcomes.map(({ result }) => result.status),
    outcomes.map(({ result }) => (result.status === 'again' ? Math.round(result.delayMs) : null)),
    outcomes.map(({ latencyMs }) => Math.round(latencyMs)),
    outcomes.map(({ httpStatus }) => httpStatus ?? null),
    outcomes.map(({ error }) => error ?? null),
    // PostgreSQL has no text with NUL in it.
    outcomes.map(({ responseExcerpt }) => responseExcerpt?.replaceAll('\0', '') ?? null),
    outcomes.map(({ result }) => (result.status === 'dead' ? newEventId() : null)),
  ];
}
