import type { MigrationInterface, QueryRunner } from 'typeorm';

/** In the order of the list, beside the one of the dead: the few that are pending are found among all that arrived. */
export class IndexPendingDeliveries1763600000060 implements MigrationInterface {
  readonly name = 'IndexPendingDeliveries1763600000060';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `create index webhook_deliveries_pending_idx on webhook_deliveries (webhook_id, id) where status = 'pending'`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index webhook_deliveries_pending_idx');
  }
}
