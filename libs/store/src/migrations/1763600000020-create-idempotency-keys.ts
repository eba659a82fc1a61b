import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateIdempotencyKeys1763600000020 implements MigrationInterface {
  readonly name = 'CreateIdempotencyKeys1763600000020';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table idempotency_keys (
        organization_id text collate "C" not null,
        route_hash bytea not null,
        key text collate "C" not null,
        session_id text collate "C" not null,
        request_hash bytea not null,
        claim_id text collate "C" not null,
        state text not null,
        deadline bigint not null,
        expires_at bigint not null,
        key_id text,
        outcome bytea,
        constraint idempotency_keys_pkey primary key (organization_id, route_hash, key),
        constraint idempotency_keys_session_fkey foreign key (session_id) references sessions (id) on delete cascade,
        constraint idempotency_keys_state_check check (state in ('running', 'resolving', 'done')),
        constraint idempotency_keys_outcome_check
          check ((state = 'done') = (outcome is not null) and (outcome is null) = (key_id is null))
      )`);
    await runner.query('create index idempotency_keys_session_idx on idempotency_keys (session_id)');
    await runner.query('create index idempotency_keys_expires_idx on idempotency_keys (expires_at)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table idempotency_keys');
  }
}
