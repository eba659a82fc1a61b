import { type DynamicModule, Module } from '@nestjs/common';
import type { Logger } from 'pino';
import { AuthModule } from '#auth';
import { ConfigModule, type GatewayConfig } from '#config';
import { IdempotencyModule, LogModule } from '#http';
import { StoreModule, type StoreOptions } from '#store';
import { AdminModule } from './admin/admin.module.js';
import { ApiKeysModule } from './api-keys/api-keys.module.js';
import { CompatModule } from './compat/index.js';
import { GroupsModule } from './groups/index.js';
import { HealthModule } from './health/health.module.js';
import { MembersModule } from './members/members.module.js';
import { SessionsModule } from './sessions/index.js';

export interface GatewayParts {
  config: GatewayConfig;
  store: StoreOptions;
  logger: Logger;
}

@Module({})
export class AppModule {
  static forRoot({ config, store, logger }: GatewayParts): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.forRoot(config),
        LogModule.forRoot(logger),
        StoreModule.forRoot(store),
        IdempotencyModule,
        AuthModule,
        HealthModule,
        SessionsModule,
        GroupsModule,
        MembersModule,
        CompatModule,
        ApiKeysModule,
        AdminModule,
      ],
    };
  }
}
