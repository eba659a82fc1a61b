import { Module } from '@nestjs/common';
import { GATEWAY_CONFIG, type GatewayConfig } from '#config';
import { AddressRules } from './address-rules.js';
import { nameResolver } from './resolve-name.js';
import { Connections } from './connections.js';
import { WebhookSender } from './webhook-sender.js';

/** Sends to webhooks, and knows where they may lead. */
@Module({
  providers: [
    {
      provide: AddressRules,
      useFactory: ({ webhookAllowPrivate }: GatewayConfig) => new AddressRules(webhookAllowPrivate),
      inject: [GATEWAY_CONFIG],
    },
    {
      provide: WebhookSender,
      useFactory: (rules: AddressRules, { webhookAllowPrivate }: GatewayConfig) =>
        new WebhookSender(
          new Connections({ rules, resolve: nameResolver({ ownNames: webhookAllowPrivate.length > 0 }) }),
        ),
      inject: [AddressRules, GATEWAY_CONFIG],
    },
  ],
  exports: [AddressRules, WebhookSender],
})
export class SendingModule {}
