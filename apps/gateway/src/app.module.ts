import { type DynamicModule, Module } from '@nestjs/common';
import type { Logger } from 'pino';
import { AuthModule } from '#auth';
import { ClusterModule } from '#cluster';
import { ConfigModule, type GatewayConfig } from '#config';
import { IdempotencyModule, LogModule } from '#http';
import { holderName, StoreModule, type LeaseHolder, type StoreOptions } from '#store';
import { AdminModule } from './admin/admin.module.js';
import { ApiKeysModule } from './api-keys/api-keys.module.js';
import { CompatModule } from './compat/index.js';
import { EventsModule } from './events/events.module.js';
import { GroupsModule } from './groups/index.js';
import { HealthModule } from './health/health.module.js';
import { MembersModule } from './members/members.module.js';
import { SessionsModule } from './sessions/index.js';
import { DispatchingModule } from './webhooks/dispatching/index.js';
import { WebhooksModule } from './webhooks/webhooks.module.js';

export interface GatewayParts {
  config: GatewayConfig;
  store: StoreOptions;
  /** This process as the holder of leases; without the number of a lock only time tells that it is gone. */
  holder?: LeaseHolder;
  logger: Logger;
}

@Module({})
export class AppModule {
  static forRoot({ config, store, logger, holder = { name: holderName() } }: GatewayParts): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.forRoot(config),
        LogModule.forRoot(logger),
        StoreModule.forRoot(store),
        ClusterModule.forRoot({ holder, ttlMs: config.leaseTtlSeconds * 1_000 }),
        IdempotencyModule,
        AuthModule,
        HealthModule,
        SessionsModule,
        GroupsModule,
        MembersModule,
        CompatModule,
        ApiKeysModule,
        EventsModule,
        WebhooksModule,
        DispatchingModule.forRoot(holder),
        AdminModule,
      ],
    };
  }
}
