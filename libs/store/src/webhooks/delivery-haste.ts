import type { Database, Statement } from '../database.js';
import { WEBHOOKS_CHANNEL } from '../wakeups/channels.js';
import { BATCH, HELD } from './delivery-discards.js';

const HASTEN: Statement = {
  name: 'deliveries.hasten',
  text: `
    with ${HELD}, later as (
      select id from webhook_deliveries
      where webhook_id = $1 and status = 'pending' and attempts > 0 and due_at > now() and (select count(*) from held) > 0
      limit ${BATCH}
    ), hastened as (
      update webhook_deliveries d set due_at = now() from later where d.id = later.id returning d.webhook_id
    )
    select pg_notify('${WEBHOOKS_CHANNEL}', webhook_id) from hastened`,
};

/** What an endpoint failed to take is due now, however long it was to wait; in many short statements. */
export async function hasten(database: Database, webhookId: string): Promise<void> {
  let hastened: number;
  do {
    hastened = (await database.rows(HASTEN, [webhookId])).length;
  } while (hastened === BATCH);
}
