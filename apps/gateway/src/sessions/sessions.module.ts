import { Module } from '@nestjs/common';
import { WhatsAppClients } from '#whatsapp';
import { CodeOffers } from './code-offers.js';
import { CredentialHousekeeping } from './housekeeping/credential-housekeeping.js';
import { CredentialPruner } from './housekeeping/credential-pruner.js';
import { KnownLimits } from './limits/index.js';
import { LinkingService } from './linking.service.js';
import { SessionLauncher } from './session-launcher.js';
import { SessionObservers } from './session-observer.js';
import { SessionRegistry } from './session-registry.js';
import { SessionStates } from './session-states.js';
import { SessionSupervisor } from './session-supervisor.js';
import { SessionUnlinker } from './session-unlinker.js';
import { SessionsController } from './sessions.controller.js';
import { SessionsService } from './sessions.service.js';
import { UnknownKeys } from './unknown-keys.js';
import { WhatsAppModule } from './whatsapp.module.js';

@Module({
  imports: [WhatsAppModule],
  controllers: [SessionsController],
  providers: [
    CodeOffers,
    CredentialHousekeeping,
    CredentialPruner,
    KnownLimits,
    LinkingService,
    SessionLauncher,
    SessionObservers,
    SessionRegistry,
    SessionStates,
    SessionSupervisor,
    SessionUnlinker,
    SessionsService,
    UnknownKeys,
    { provide: WhatsAppClients, useExisting: SessionRegistry },
  ],
  exports: [SessionObservers, SessionRegistry, SessionsService, WhatsAppClients],
})
export class SessionsModule {}
