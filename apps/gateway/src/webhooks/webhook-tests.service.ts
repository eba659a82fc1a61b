import { Injectable } from '@nestjs/common';
import type { Principal } from '#auth';
import { NotFoundError } from '#errors';
import { newEventId, TEST_EVENT, WebhookRepository, type WebhookRecord } from '#store';
import type { EventEnvelope } from '../events/index.js';
import type { TestResultDto } from './deliveries.dto.js';
import { explained } from './secrets-unreadable.js';
import { type OutgoingEvent, WebhookSender } from './sending/index.js';

/** What only a test sends: it happened nowhere, and is in no log. */
type TestEnvelope = Omit<EventEnvelope, 'event' | 'payload'> & {
  event: typeof TEST_EVENT;
  payload: { webhookId: string };
};

@Injectable()
export class WebhookTestsService {
  constructor(
    private readonly webhooks: WebhookRepository,
    private readonly sender: WebhookSender,
  ) {}

  /**
   * Sends one event of its own, at once and once, also to a webhook that is not active. Throws `NotFoundError('webhook')`,
   * and `ConflictError` (`webhook_secrets_unreadable`).
   */
  async run(caller: Principal, webhook: string): Promise<TestResultDto> {
    const { id } = await this.webhooks.get(caller.scope, webhook);
    const configuration = await this.webhooks.configurationOf(id).catch((error: unknown) => {
      throw explained(error);
    });
    if (!configuration) throw new NotFoundError('webhook');
    const { url } = configuration.webhook;
    const attempt = await this.sender.send({ url, ...configuration.secrets }, testEvent(configuration.webhook));
    const { ok: delivered, status: statusCode, ...rest } = attempt;
    return { delivered, statusCode, ...rest };
  }
}

function testEvent({ id: webhookId, organizationId: organization }: WebhookRecord): OutgoingEvent {
  const envelope: TestEnvelope = {
    schema: 'v1',
    id: newEventId(),
    event: TEST_EVENT,
    session: null,
    organization,
    timestamp: Date.now(),
    payload: { webhookId },
  };
  return { id: envelope.id, body: JSON.stringify(envelope) };
}
