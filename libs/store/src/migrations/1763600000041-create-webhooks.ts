import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateWebhooks1763600000041 implements MigrationInterface {
  readonly name = 'CreateWebhooks1763600000041';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table webhooks (
        id text collate "C" not null constraint webhooks_pkey primary key,
        organization_id text collate "C" not null,
        url text not null,
        events text[] not null,
        session_id text collate "C" constraint webhooks_session_fkey references sessions (id) on delete cascade,
        session_ids text[],
        header_names text[] not null,
        key_id text not null,
        sealed bytea not null,
        retry_policy text not null,
        retry_delay_seconds integer not null,
        retry_attempts integer not null,
        active boolean not null,
        paused_reason text,
        created_by text,
        created_at bigint not null,
        updated_at bigint not null,
        constraint webhooks_retry_policy_check check (retry_policy in ('exponential', 'constant')),
        constraint webhooks_paused_check check (paused_reason is null or not active)
      )`);
    await runner.query('create index webhooks_organization_idx on webhooks (organization_id, id)');
    await runner.query('create index webhooks_session_idx on webhooks (session_id)');

    // Claimed and released all the time, and never changed in an indexed column: room for the new version on the page.
    await runner.query(`
      create table webhook_lanes (
        webhook_id text collate "C" not null constraint webhook_lanes_webhook_fkey references webhooks (id) on delete cascade,
        lane smallint not null,
        claim_id text collate "C",
        holder_lock integer,
        claimed_until timestamptz,
        last_success_at timestamptz,
        constraint webhook_lanes_pkey primary key (webhook_id, lane)
      ) with (fillfactor = 50)`);

    await runner.query(`
      create table webhook_deliveries (
        id text collate "C" not null constraint webhook_deliveries_pkey primary key,
        webhook_id text collate "C" not null,
        lane smallint not null,
        event_transaction_id bigint not null,
        event_position bigint not null,
        status text not null,
        attempts integer not null default 0,
        due_at timestamptz not null,
        created_at timestamptz not null,
        last_attempt_at timestamptz,
        last_status integer,
        last_error text,
        last_latency_ms integer,
        response_excerpt text,
        constraint webhook_deliveries_webhook_fkey foreign key (webhook_id) references webhooks (id) on delete cascade,
        constraint webhook_deliveries_event_fkey foreign key (event_transaction_id, event_position)
          references events (transaction_id, position) on delete cascade,
        constraint webhook_deliveries_status_check check (status in ('pending', 'delivered', 'dead'))
      )`);
    await runner.query(
      'create unique index webhook_deliveries_event_key on webhook_deliveries (event_transaction_id, event_position, webhook_id)',
    );
    await runner.query('create index webhook_deliveries_webhook_idx on webhook_deliveries (webhook_id, id)');
    await runner.query(
      `create index webhook_deliveries_first_idx on webhook_deliveries (webhook_id, lane, event_transaction_id, event_position)
       where status = 'pending' and attempts = 0`,
    );
    await runner.query(
      `create index webhook_deliveries_again_idx on webhook_deliveries (webhook_id, lane, due_at)
       where status = 'pending' and attempts > 0`,
    );
    await runner.query(
      `create index webhook_deliveries_dead_idx on webhook_deliveries (webhook_id, id) where status = 'dead'`,
    );

    // How far events were handed out to webhooks. One row.
    await runner.query(`
      create table webhook_cursor (
        id smallint not null constraint webhook_cursor_pkey primary key,
        transaction_id bigint not null,
        position bigint not null
      )`);
    await runner.query('insert into webhook_cursor (id, transaction_id, position) values (1, 0, 0)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table webhook_cursor');
    await runner.query('drop table webhook_deliveries');
    await runner.query('drop table webhook_lanes');
    await runner.query('drop table webhooks');
  }
}
