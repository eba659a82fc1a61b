import { Injectable } from '@nestjs/common';
import { Database, type Statement } from '../database.js';
import type { LeaseHolder } from '../leases/session-leases.js';
import { newId } from '../new-id.js';
import { LANES_CHANNEL } from '../wakeups/channels.js';
import type { Lane, LaneClaim } from './delivery.record.js';
import { DEAD_HOLDERS } from './lane-holder.js';
import { DUE_LANES, type DueLane } from './due-lanes.js';

const TAKE = (until: string): string =>
  `update webhook_lanes l set claim_id = $1, holder_lock = $2, claimed_until = ${until}
   from free where l.webhook_id = free.webhook_id and l.lane = free.lane
   returning l.webhook_id, l.lane`;
const UNTIL = "clock_timestamp() + $3 * interval '1 ms'";

/** Whoever has one of them that could not be claimed is told that there is something in it. */
const CLAIM: Statement = {
  name: 'lanes.claim',
  text: `
    with wanted as (
      select * from unnest($4::text[], $5::smallint[]) as given (webhook_id, lane)
    ), free as (
      select l.webhook_id, l.lane from wanted
      join webhook_lanes l using (webhook_id, lane)
      join webhooks w on w.id = l.webhook_id
      where w.active and (l.claim_id is null or l.claimed_until <= clock_timestamp())
      for update of l skip locked
    ), claimed as (
      ${TAKE(UNTIL)}
    )
    select webhook_id, lane, c.lane is not null as is_claimed,
      case when c.lane is null then pg_notify('${LANES_CHANNEL}', webhook_id || '/' || lane) end
    from wanted left join claimed c using (webhook_id, lane)`,
};
const CLAIM_DUE: Statement = {
  name: 'lanes.claim-due',
  text: `
    with recursive ${DUE_LANES}, dead as materialized (${DEAD_HOLDERS}), free as (
      select l.webhook_id, l.lane from waiting
      join webhook_lanes l using (webhook_id, lane)
      join webhooks w on w.id = l.webhook_id
      where waiting.due_at <= now() and w.active
        and (l.claim_id is null or l.claimed_until <= clock_timestamp() or l.holder_lock in (select * from dead))
      limit $4
      for update of l skip locked
    ), claimed as (
      ${TAKE(UNTIL)}
    )
    select webhook_id, lane, null as due_ms from claimed
    union all
    select null, null, ceil(extract(epoch from min(due_at) - now()) * 1000)::integer from waiting
    join webhooks w on w.id = waiting.webhook_id and w.active
    join webhook_lanes l on l.webhook_id = waiting.webhook_id and l.lane = waiting.lane
    where due_at > now() and (l.claim_id is null or l.claimed_until <= clock_timestamp())`,
};

const MINE = `
    with mine as (
      select l.webhook_id, l.lane from webhook_lanes l
      join unnest($1::text[], $2::smallint[], $3::text[]) as given (webhook_id, lane, claim_id)
        using (webhook_id, lane, claim_id)
      order by webhook_id, lane for no key update of l
    )`;
const RENEW: Statement = {
  name: 'lanes.renew',
  text: `${MINE}
    update webhook_lanes l set claimed_until = clock_timestamp() + $4 * interval '1 ms'
    from mine where l.webhook_id = mine.webhook_id and l.lane = mine.lane
    returning l.webhook_id, l.lane, l.claim_id`,
};
const RELEASE: Statement = {
  name: 'lanes.release',
  text: `${MINE}
    update webhook_lanes l set claim_id = null, holder_lock = null, claimed_until = null
    from mine where l.webhook_id = mine.webhook_id and l.lane = mine.lane`,
};

interface LaneRow {
  webhook_id: string;
  lane: number;
}

export interface DueClaims {
  claims: LaneClaim[];
  /**
   * Milliseconds until the next delivery of an active webhook is due that is not due yet, in a lane that nobody works on;
   * absent: there is none.
   */
  nextDueMs?: number;
}

/** Which process works on which lane. */
@Injectable()
export class DeliveryLanes {
  constructor(private readonly database: Database) {}

  /** Those of the lanes that nobody works on, for `ttlMs`. None of a webhook that is not active. */
  async claim(lanes: readonly Lane[], holder: LeaseHolder, ttlMs: number): Promise<LaneClaim[]> {
    if (lanes.length === 0) return [];
    const claimId = newId();
    const values = [claimId, holder.lock ?? null, ttlMs, ...columnsOf(lanes)];
    const rows = await this.database.rows<LaneRow & { is_claimed: boolean }>(CLAIM, values);
    return rows.filter(({ is_claimed }) => is_claimed).map((row) => ({ ...toLane(row), claimId }));
  }

  /** At most `limit` lanes in which something is due and that nobody works on any more, for `ttlMs`. */
  async claimDue(holder: LeaseHolder, ttlMs: number, limit: number): Promise<DueClaims> {
    const claimId = newId();
    const values = [claimId, holder.lock ?? null, ttlMs, limit];
    const rows = await this.database.rows<LaneRow | DueLane>(CLAIM_DUE, values);
    const claims = rows.flatMap((row) => (row.webhook_id === null ? [] : { ...toLane(row), claimId }));
    const next = rows.find((row) => row.webhook_id === null);
    return { claims, nextDueMs: next?.due_ms ?? undefined };
  }

  /** Those of the claims that nobody has taken over; they last `ttlMs` from now. */
  async renew(claims: readonly LaneClaim[], ttlMs: number): Promise<LaneClaim[]> {
    const rows = await this.database.rows<LaneRow & { claim_id: string }>(RENEW, [...claimColumnsOf(claims), ttlMs]);
    return rows.map((row) => ({ ...toLane(row), claimId: row.claim_id }));
  }

  /** Others may claim the lanes at once. Those that were taken over stay with whom they are. */
  async release(claims: readonly LaneClaim[]): Promise<void> {
    await this.database.rows(RELEASE, claimColumnsOf(claims));
  }
}

function toLane({ webhook_id: webhookId, lane }: LaneRow): Lane {
  return { webhookId, lane };
}

function columnsOf(lanes: readonly Lane[]): unknown[] {
  return [lanes.map(({ webhookId }) => webhookId), lanes.map(({ lane }) => lane)];
}

function claimColumnsOf(claims: readonly LaneClaim[]): unknown[] {
  return [...columnsOf(claims), claims.map(({ claimId }) => claimId)];
}
