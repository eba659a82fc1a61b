import { Controller, Get, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Caller, type Principal, Requires } from '#auth';
import { BAD_PAGE, invalid, type List, ListOf, Operation } from '#http';
import { DeliveriesQuery, DeliveryDto, RedeliveredDto, TestResultDto } from './deliveries.dto.js';
import { DeliveriesService } from './deliveries.service.js';
import { NO_SUCH_DELIVERY, NO_SUCH_WEBHOOK, UNREADABLE, WEBHOOK_INACTIVE } from './webhooks.errors.js';
import { WebhookTestsService } from './webhook-tests.service.js';

@ApiTags('Webhooks')
@Controller('api/v1/webhooks')
export class DeliveriesController {
  constructor(
    private readonly deliveries: DeliveriesService,
    private readonly tests: WebhookTestsService,
  ) {}

  @Get(':webhook/deliveries')
  @Requires('manage')
  @Operation({
    id: 'listDeliveries',
    summary: 'List deliveries',
    description:
      'Newest first. They are kept as long as the events that they deliver. A page may hold fewer than `limit`, or none, ' +
      'although another one follows: the last one has an empty `nextCursor`.',
    returns: ListOf(DeliveryDto),
    errors: [...BAD_PAGE, invalid('status', 'must be one of pending, delivered, dead'), NO_SUCH_WEBHOOK],
  })
  list(
    @Caller() caller: Principal,
    @Param('webhook') webhook: string,
    @Query() query: DeliveriesQuery,
  ): Promise<List<DeliveryDto>> {
    return this.deliveries.list(caller, webhook, query);
  }

  @Post(':webhook/deliveries\\:redeliver')
  @Requires('manage')
  @Operation({
    id: 'redeliverDead',
    summary: 'Deliver all dead ones again',
    description: 'Each begins anew, with all of its attempts.',
    success: 202,
    returns: RedeliveredDto,
    errors: [NO_SUCH_WEBHOOK, WEBHOOK_INACTIVE],
  })
  redeliverDead(@Caller() caller: Principal, @Param('webhook') webhook: string): Promise<RedeliveredDto> {
    return this.deliveries.redeliverDead(caller, webhook);
  }

  @Post(':webhook/deliveries/:delivery\\:redeliver')
  @Requires('manage')
  @Operation({
    id: 'redeliver',
    summary: 'Deliver one again',
    description:
      'Whatever became of it: it is due now and begins anew. The event keeps its id, by which an endpoint tells that it ' +
      'has had it before.',
    success: 202,
    returns: DeliveryDto,
    errors: [NO_SUCH_WEBHOOK, NO_SUCH_DELIVERY, WEBHOOK_INACTIVE],
  })
  redeliver(
    @Caller() caller: Principal,
    @Param('webhook') webhook: string,
    @Param('delivery') delivery: string,
  ): Promise<DeliveryDto> {
    return this.deliveries.redeliver(caller, webhook, delivery);
  }

  @Post(':webhook\\:test')
  @Requires('manage')
  @Operation({
    id: 'testWebhook',
    summary: 'Try a webhook',
    description:
      'Sends one `webhook.test` event at once, signed as any other, and answers what came of it, within ten seconds. ' +
      'It is tried once, and listed nowhere. Works for a webhook that is not active, too.',
    returns: TestResultDto,
    errors: [NO_SUCH_WEBHOOK, UNREADABLE],
  })
  test(@Caller() caller: Principal, @Param('webhook') webhook: string): Promise<TestResultDto> {
    return this.tests.run(caller, webhook);
  }
}
