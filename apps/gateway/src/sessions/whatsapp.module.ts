import { Logger, Module } from '@nestjs/common';
import { GATEWAY_CONFIG, type GatewayConfig } from '#config';
import { CredentialRetention, CredentialStore, WhatsAppConnector } from '#whatsapp';
import { BaileysConnector, BaileysRetention, PINNED_WHATSAPP_VERSION } from '#whatsapp/baileys';
import { storedVersion } from './whatsapp-version.js';

/** The one place where Baileys is chosen. */
@Module({
  providers: [
    { provide: CredentialRetention, useClass: BaileysRetention },
    {
      provide: WhatsAppConnector,
      inject: [GATEWAY_CONFIG, CredentialStore],
      useFactory: async ({ dataDir, whatsapp }: GatewayConfig, credentials: CredentialStore) =>
        new BaileysConnector(credentials, {
          url: whatsapp.url,
          rootKey: whatsapp.rootKey?.toString('hex'),
          version: [...(whatsapp.version ?? (await storedVersion(dataDir)) ?? PINNED_WHATSAPP_VERSION)],
          verifySignatures: whatsapp.signatureChecks,
          logger: baileysLogger(),
        }),
    },
  ],
  exports: [CredentialRetention, WhatsAppConnector],
})
export class WhatsAppModule {}

function baileysLogger() {
  const logger = new Logger('WhatsApp');
  return {
    debug: (facts: object, message: string) => logger.debug({ ...facts, msg: message }),
    info: (facts: object, message: string) => logger.log({ ...facts, msg: message }),
    warn: (facts: object, message: string) => logger.warn({ ...facts, msg: message }),
    error: (facts: object, message: string) => logger.error({ ...facts, msg: message }),
  };
}
