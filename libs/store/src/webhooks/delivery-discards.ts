import type { EntityManager } from 'typeorm';
import type { Database, Statement } from '../database.js';
import { isFor } from './is-for.js';

/** Some ten milliseconds each: who works on the lanes waits for no longer. */
export const BATCH = 2_000;

/** SQL: lanes of the webhook `$1` before its deliveries, as by everybody who locks both. */
export const HELD =
  'held as materialized (select lane from webhook_lanes where webhook_id = $1 order by lane for no key update)';

const UNWANTED: Statement = {
  name: 'deliveries.discard-unwanted',
  text: `
    with ${HELD}, unwanted as (
      select d.id from webhook_deliveries d
      join webhooks w on w.id = d.webhook_id
      join events e on (e.transaction_id, e.position) = (d.event_transaction_id, d.event_position)
      where d.webhook_id = $1 and d.status <> 'delivered' and (select count(*) from held) > 0 and not ${isFor('w', 'e')}
      limit ${BATCH}
    ), discarded as (
      delete from webhook_deliveries d using unwanted where d.id = unwanted.id returning 1
    )
    select count(*) as discarded from discarded`,
};
/** Only so many are looked at. */
const FIRST_UNWANTED = `
    with ${HELD}, first as (
      select id, event_transaction_id, event_position from webhook_deliveries
      where webhook_id = $1 and status = 'pending' and attempts = 0 and (select count(*) from held) > 0
      limit ${BATCH}
    ), again as (
      select id, event_transaction_id, event_position from webhook_deliveries
      where webhook_id = $1 and status = 'pending' and attempts > 0 and (select count(*) from held) > 0
      limit ${BATCH}
    )
    delete from webhook_deliveries d
    using (select * from first union all select * from again) p, webhooks w, events e
    where d.id = p.id and w.id = $1 and (e.transaction_id, e.position) = (p.event_transaction_id, p.event_position)
      and not ${isFor('w', 'e')}`;
const ALL: Statement = {
  name: 'deliveries.discard-all',
  text: `
    with ${HELD}, batch as (
      select id from webhook_deliveries where webhook_id = $1 and (select count(*) from held) > 0 limit ${BATCH}
    ), discarded as (
      delete from webhook_deliveries d using batch where d.id = batch.id returning 1
    )
    select count(*) as discarded from discarded`,
};

interface Discarded {
  discarded: number;
}

/** Removes deliveries of one webhook, however many, in many short statements. */
export class DeliveryDiscards {
  constructor(private readonly database: Database) {}

  /** Those that have not arrived and that the webhook wants no longer. */
  unwanted(webhookId: string): Promise<void> {
    return this.repeat(UNWANTED, webhookId);
  }

  /**
   * Of those that wait, within a transaction: some thousands are looked at and no more, since nothing is handed out to
   * anybody while the webhook is locked.
   */
  async firstUnwanted(manager: EntityManager, webhookId: string): Promise<void> {
    await manager.query(FIRST_UNWANTED, [webhookId]);
  }

  all(webhookId: string): Promise<void> {
    return this.repeat(ALL, webhookId);
  }

  private async repeat(statement: Statement, webhookId: string): Promise<void> {
    while (isFull(await this.database.rows<Discarded>(statement, [webhookId])));
  }
}

function isFull([row]: readonly Discarded[]): boolean {
  return row?.discarded === BATCH;
}
