import { NotFoundError } from '#errors';
import { Injectable } from '@nestjs/common';
import { Database, type Statement } from '../database.js';
import { isPrefixedId } from '../new-id.js';
import { pageOf, rowsFor, startOf, type Page, type PageRequest } from '../page.js';
import type { TenantScope } from '../tenant-scope.js';
import { WEBHOOKS_CHANNEL } from '../wakeups/channels.js';
import {
  DELIVERY_COLUMNS,
  EVENT_OF_IT,
  toDeliveryRecord,
  type DeliveryRecord,
  type DeliveryRow,
  type DeliveryStatus,
} from './delivery.row.js';
import { VISIBLE_WEBHOOK } from './webhook-statements.js';

/** Some ten milliseconds each, so that nobody waits for long: changed at once, or looked at for one page of a list. */
const BATCH = 2_000;

const OF_WEBHOOK = `d.webhook_id = $3 and exists (select from webhooks w where w.id = $3 and ${VISIBLE_WEBHOOK})`;
const OF_SESSIONS = '($2::text[] is null or e.session_id = any ($2))';
/** A webhook may have been for other sessions before: a caller that is limited to some sees no delivery of the others. */
const OF_CALLER = `
      ${OF_WEBHOOK} and ($2::text[] is null or exists (select from events e where ${EVENT_OF_IT} and ${OF_SESSIONS}))`;

/**
 * Looks at so many that a page is found soon or not at all, however few of all are to be shown: without an index for the
 * status, or for the sessions of a caller, there may be any number in between. What is pending or dead has one.
 */
const list = (name: string, ofIndex: string, ofPage: string): Statement => ({
  name: `deliveries.${name}`,
  text: `
    with looked as materialized (
      select id, status from webhook_deliveries d where ${OF_WEBHOOK} and d.id < $4 ${ofIndex}
      order by d.id desc limit ${BATCH}
    )
    select looked.*, page.* from (
      select case when count(*) = ${BATCH} then min(id) end as looked_up_to from looked
    ) looked left join lateral (
      select ${DELIVERY_COLUMNS} from looked l join webhook_deliveries d on d.id = l.id join events e on ${EVENT_OF_IT}
      where ${OF_SESSIONS} ${ofPage} order by d.id desc limit $5
    ) page on true
    order by page.id desc`,
});
const LIST = list('list', '', '');
const LIST_STATUS: Record<DeliveryStatus, Statement> = {
  pending: list('list-pending', "and d.status = 'pending'", ''),
  dead: list('list-dead', "and d.status = 'dead'", ''),
  delivered: list('list-delivered', '', "and l.status = 'delivered'"),
};

const ANEW = "status = 'pending', attempts = 0, due_at = now(), requested = true";

const REDELIVER: Statement = {
  name: 'deliveries.redeliver',
  text: `
    with due as (
      update webhook_deliveries d set ${ANEW} from events e where ${OF_CALLER} and d.id = $4 and ${EVENT_OF_IT}
      returning ${DELIVERY_COLUMNS}
    )
    select *, pg_notify('${WEBHOOKS_CHANNEL}', webhook_id) from due`,
};
/** What somebody else asks for again at this moment is left to them. */
const REDELIVER_DEAD: Statement = {
  name: 'deliveries.redeliver-dead',
  text: `
    with asked as (
      select d.id from webhook_deliveries d
      where ${OF_CALLER} and d.status = 'dead' and d.id > $4 order by d.id limit ${BATCH} for update skip locked
    ), due as (
      update webhook_deliveries d set ${ANEW} from asked where d.id = asked.id returning d.id
    )
    select count(*) as redelivered, max(id) as last, pg_notify('${WEBHOOKS_CHANNEL}', $3) from due having count(*) > 0`,
};

/** After every id in the order of the list, which begins with the newest. */
const NEWEST = 'dlv_~';

/** Deliveries as their owner sees them. Every process is told of what is asked for again (`WEBHOOKS_CHANNEL`). */
@Injectable()
export class DeliveryRepository {
  constructor(private readonly database: Database) {}

  /**
   * Newest first; nothing for a webhook that is unknown or not visible. A page may hold fewer than it could although
   * another one follows.
   */
  async list(
    scope: TenantScope,
    webhookId: string,
    { status, ...page }: PageRequest & { status?: DeliveryStatus },
  ): Promise<Page<DeliveryRecord>> {
    const name = `deliveries of ${webhookId}`;
    const statement = status === undefined ? LIST : LIST_STATUS[status];
    const values = [...ofCaller(scope, webhookId), startOf(page, name) || NEWEST, rowsFor(page)];
    const rows = await this.database.rows<ListRow>(statement, values);
    const found = rows.flatMap((row) => (row.id === null ? [] : toDeliveryRecord(row)));
    return pageOf(found, page, name, rows[0]?.looked_up_to ?? undefined);
  }

  /**
   * It is due now, as if it had never been tried, whatever became of it. Throws `NotFoundError('delivery')` for one that is
   * unknown, malformed, another webhook's or not visible.
   */
  async redeliver(scope: TenantScope, webhookId: string, id: string): Promise<DeliveryRecord> {
    if (!isPrefixedId('dlv_', id)) throw new NotFoundError('delivery');
    const [row] = await this.database.rows<DeliveryRow>(REDELIVER, [...ofCaller(scope, webhookId), id]);
    if (!row) throw new NotFoundError('delivery');
    return toDeliveryRecord(row);
  }

  /** All that are dead, in batches of one statement each; says how many. */
  async redeliverDead(scope: TenantScope, webhookId: string): Promise<number> {
    let redelivered = 0;
    let last = '';
    for (;;) {
      const values = [...ofCaller(scope, webhookId), last];
      const [batch] = await this.database.rows<DeadBatch>(REDELIVER_DEAD, values);
      if (!batch) return redelivered;
      redelivered += batch.redelivered;
      last = batch.last;
    }
  }
}

type ListRow = { looked_up_to: string | null } & (DeliveryRow | { id: null });

interface DeadBatch {
  redelivered: number;
  last: string;
}

function ofCaller(scope: TenantScope, webhookId: string): unknown[] {
  return [scope.organizationId, scope.sessionIds ?? null, webhookId];
}
