import { CredentialStore } from '#whatsapp';
import { Module, type DynamicModule } from '@nestjs/common';
import { ApiKeyRepository } from './api-keys/api-key.repository.js';
import { CredentialInventory } from './credentials/credential-inventory.js';
import { CredentialsKeyRing } from './credentials/credentials-key-ring.js';
import { CredentialsRotation } from './credentials/credentials-rotation.js';
import { DatabaseCredentialStore } from './credentials/database-credential-store.js';
import type { ConnectionOptions } from './data-source.js';
import { Database } from './database.js';
import { EventFollower } from './events/event-follower.js';
import { EventLog } from './events/event-log.js';
import { EventRetention } from './events/event-retention.js';
import { RealtimeTickets } from './events/realtime-tickets.js';
import { GroupRepository } from './groups/group.repository.js';
import { GroupWriter } from './groups/group-writer.js';
import { IdempotencyKeys } from './idempotency/idempotency-keys.js';
import { SessionLeases } from './leases/session-leases.js';
import { LiveTargets } from './groups/live-targets.js';
import { MemberRepository } from './groups/member.repository.js';
import { IdentityRepository } from './identities/identity.repository.js';
import { SessionRepository } from './sessions/session.repository.js';
import { DeliveryFanOut } from './webhooks/delivery-fanout.js';
import { DeliveryLag } from './webhooks/delivery-lag.js';
import { DeliveryLanes } from './webhooks/delivery-lanes.js';
import { DeliveryOutcomes } from './webhooks/delivery-outcomes.js';
import { DeliveryWork } from './webhooks/delivery-work.js';
import { Wakeups } from './wakeups/wakeups.js';
import { DeliveryRepository } from './webhooks/delivery.repository.js';
import { WebhookRepository } from './webhooks/webhook.repository.js';

export interface StoreOptions extends ConnectionOptions {
  /** Each 32 bytes; `previous` only decrypts. */
  credentialsKeys: { current: Buffer; previous?: Buffer };
}

const SERVICES = [
  CredentialInventory,
  SessionRepository,
  SessionLeases,
  GroupRepository,
  MemberRepository,
  IdentityRepository,
  GroupWriter,
  LiveTargets,
  ApiKeyRepository,
  IdempotencyKeys,
  CredentialsRotation,
  EventLog,
  EventFollower,
  EventRetention,
  RealtimeTickets,
  WebhookRepository,
  DeliveryRepository,
  DeliveryFanOut,
  DeliveryLag,
  DeliveryLanes,
  DeliveryWork,
  DeliveryOutcomes,
];

/** The database and all that reads and writes it, for the whole application. Migrates before anything else starts. */
@Module({})
export class StoreModule {
  static forRoot(options: StoreOptions): DynamicModule {
    const { credentialsKeys, ...connection } = options;
    return {
      module: StoreModule,
      global: true,
      providers: [
        { provide: Database, useFactory: () => Database.open(connection) },
        { provide: Wakeups, useFactory: () => new Wakeups(connection) },
        {
          provide: CredentialsKeyRing,
          useFactory: () => new CredentialsKeyRing(credentialsKeys.current, credentialsKeys.previous),
        },
        { provide: CredentialStore, useClass: DatabaseCredentialStore },
        ...SERVICES,
      ],
      exports: [Database, Wakeups, CredentialStore, ...SERVICES],
    };
  }
}
