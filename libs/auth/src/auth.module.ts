import { Module, type OnModuleDestroy } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import type { Logger } from 'pino';
import { GATEWAY_CONFIG, type GatewayConfig } from '#config';
import { LOGGER } from '#http';
import { ApiKeyRepository, RealtimeTickets, Wakeups } from '#store';
import { ApiKeyRevocations } from './api-key-revocations.js';
import { ApiKeyUsage } from './api-key-usage.js';
import { ApiKeyStrategy } from './api-key.strategy.js';
import { AuthGuard } from './auth.guard.js';
import { Authenticator } from './authenticator.js';
import { CredentialLimits } from './credential-limits.js';
import { JwksKeys } from './jwks-keys.js';
import { JwtStrategy } from './jwt.strategy.js';
import { KnownApiKeys } from './known-api-keys.js';
import { StreamTickets } from './stream-tickets.js';

@Module({
  providers: [
    { provide: APP_GUARD, useClass: AuthGuard },
    {
      provide: KnownApiKeys,
      inject: [ApiKeyRepository, Wakeups],
      useFactory: (repository: ApiKeyRepository, wakeups: Wakeups) => new KnownApiKeys(repository, wakeups),
    },
    ApiKeyRevocations,
    {
      provide: CredentialLimits,
      inject: [GATEWAY_CONFIG],
      useFactory: ({ rateLimitPerMinute }: GatewayConfig) => new CredentialLimits(rateLimitPerMinute),
    },
    {
      provide: ApiKeyUsage,
      inject: [ApiKeyRepository, LOGGER],
      useFactory: (repository: ApiKeyRepository, logger: Logger) => new ApiKeyUsage(repository, logger),
    },
    {
      provide: StreamTickets,
      inject: [RealtimeTickets, KnownApiKeys, ApiKeyUsage],
      useFactory: (tickets: RealtimeTickets, keys: KnownApiKeys, usage: ApiKeyUsage) =>
        new StreamTickets(tickets, keys, usage),
    },
    {
      provide: Authenticator,
      inject: [GATEWAY_CONFIG, KnownApiKeys, ApiKeyUsage, LOGGER],
      useFactory: ({ jwt }: GatewayConfig, keys: KnownApiKeys, usage: ApiKeyUsage, logger: Logger) =>
        new Authenticator({
          ...(jwt && { jwt: new JwtStrategy(jwt, new JwksKeys(jwt.jwksUri, logger)) }),
          'api-key': new ApiKeyStrategy(keys, usage),
        }),
    },
  ],
  exports: [KnownApiKeys, ApiKeyRevocations, StreamTickets],
})
export class AuthModule implements OnModuleDestroy {
  constructor(private readonly usage: ApiKeyUsage) {}

  async onModuleDestroy(): Promise<void> {
    await this.usage.settle();
  }
}
