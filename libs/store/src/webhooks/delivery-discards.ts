import type { Database, Statement } from '../database.js';
import { EVENT_OF_IT } from './delivery.row.js';
import { isFor } from './is-for.js';

/** Some ten milliseconds each: who works on the lanes waits for no longer. */
export const BATCH = 2_000;

/** SQL: lanes of the webhook `$1` before its deliveries, as by everybody who locks both. */
export const HELD =
  'held as materialized (select lane from webhook_lanes where webhook_id = $1 order by lane for no key update)';

const openOnes = (status: 'pending' | 'dead'): string => `
      (select id from webhook_deliveries
       where webhook_id = $1 and status = '${status}' and id > $2 and (select count(*) from held) > 0
       order by id limit ${BATCH})`;
/** Of the next that have not arrived, however many have: those of either kind have an index. */
const UNWANTED: Statement = {
  name: 'deliveries.discard-unwanted',
  text: `
    with ${HELD}, looked as (
      select * from (${openOnes('pending')} union all ${openOnes('dead')}) either order by id limit ${BATCH}
    ), discarded as (
      delete from webhook_deliveries d using looked l, webhooks w, events e
      where d.id = l.id and w.id = $1 and ${EVENT_OF_IT} and not ${isFor('w', 'e')}
    )
    select count(*) as looked, max(id) as last from looked`,
};
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

interface Looked {
  looked: number;
  last: string;
}

interface Discarded {
  discarded: number;
}

/** Removes deliveries of one webhook, however many, in many short statements. */
export class DeliveryDiscards {
  constructor(private readonly database: Database) {}

  /**
   * Those that have not arrived and that the webhook wants no longer. Where it does not come to that, `DeliveryWork` leaves
   * them out.
   */
  async unwanted(webhookId: string): Promise<void> {
    for (let last = ''; ;) {
      const [row] = await this.database.rows<Looked>(UNWANTED, [webhookId, last]);
      if (row?.looked !== BATCH) return;
      last = row.last;
    }
  }

  async all(webhookId: string): Promise<void> {
    let discarded: number | undefined;
    do {
      [{ discarded } = { discarded: 0 }] = await this.database.rows<Discarded>(ALL, [webhookId]);
    } while (discarded === BATCH);
  }
}
