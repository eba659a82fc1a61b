import { Global, Module } from '@nestjs/common';
import { IdempotencyPurge } from './idempotency-purge.js';
import { IdempotentActions } from './idempotent-actions.js';

/** What `@Idempotent` needs, for every controller. */
@Global()
@Module({ providers: [IdempotentActions, IdempotencyPurge], exports: [IdempotentActions] })
export class IdempotencyModule {}
