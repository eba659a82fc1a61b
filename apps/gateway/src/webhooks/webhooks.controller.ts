import { Body, Controller, Delete, Get, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiBody, ApiTags } from '@nestjs/swagger';
import { Caller, type Principal, Requires } from '#auth';
import { BAD_PAGE, type List, ListOf, Operation, PageQuery } from '#http';
import { CreatedWebhookDto, CreateWebhookDto, UpdateWebhookDto, WebhookDto } from './webhooks.dto.js';
import { BAD_CHANGE, BAD_WEBHOOK, NO_SUCH_WEBHOOK, TOO_MANY_WEBHOOKS, UNREADABLE } from './webhooks.errors.js';
import { CHANGE_EXAMPLES, CREATION_EXAMPLES } from './webhooks.examples.js';
import { WebhooksService } from './webhooks.service.js';

@ApiTags('Webhooks')
@Controller('api/v1/webhooks')
export class WebhooksController {
  constructor(private readonly webhooks: WebhooksService) {}

  @Post()
  @Requires('manage')
  @ApiBody({ type: CreateWebhookDto, examples: CREATION_EXAMPLES })
  @Operation({
    id: 'createWebhook',
    summary: 'Make a webhook',
    description:
      'Events are posted to its `url`, signed with its `secret`. Without a `secret` one is made, and the answer holds it, ' +
      'this once. A webhook that a key limited to some sessions makes gets the events of these sessions only.',
    success: 201,
    returns: CreatedWebhookDto,
    errors: [...BAD_WEBHOOK, TOO_MANY_WEBHOOKS],
  })
  create(@Caller() caller: Principal, @Body() body: CreateWebhookDto): Promise<CreatedWebhookDto> {
    return this.webhooks.create(caller, body);
  }

  @Get()
  @Requires('manage')
  @Operation({
    id: 'listWebhooks',
    summary: 'List webhooks',
    description: 'A key that is limited to some sessions sees the webhooks within them only.',
    returns: ListOf(WebhookDto),
    errors: BAD_PAGE,
  })
  list(@Caller() caller: Principal, @Query() page: PageQuery): Promise<List<WebhookDto>> {
    return this.webhooks.list(caller, page);
  }

  @Get(':webhook')
  @Requires('manage')
  @Operation({ id: 'getWebhook', summary: 'Show a webhook', returns: WebhookDto, errors: [NO_SUCH_WEBHOOK] })
  get(@Caller() caller: Principal, @Param('webhook') webhook: string): Promise<WebhookDto> {
    return this.webhooks.get(caller, webhook);
  }

  @Patch(':webhook')
  @Requires('manage')
  @ApiBody({ type: UpdateWebhookDto, examples: CHANGE_EXAMPLES })
  @Operation({
    id: 'updateWebhook',
    summary: 'Change a webhook',
    description:
      'Every process of the gateway acts on it at once. What it asks for no longer and has not got yet is not delivered ' +
      'any more. Stored values of headers are sent to the host that they were given for, and to no other: a `url` with ' +
      'another origin needs them anew.',
    returns: WebhookDto,
    errors: [...BAD_CHANGE, NO_SUCH_WEBHOOK, UNREADABLE],
  })
  update(
    @Caller() caller: Principal,
    @Param('webhook') webhook: string,
    @Body() body: UpdateWebhookDto,
  ): Promise<WebhookDto> {
    return this.webhooks.update(caller, webhook, body);
  }

  @Delete(':webhook')
  @Requires('manage')
  @Operation({
    id: 'deleteWebhook',
    summary: 'Delete a webhook',
    description: 'Its deliveries go with it, those that are pending included.',
    success: 204,
    errors: [NO_SUCH_WEBHOOK],
  })
  delete(@Caller() caller: Principal, @Param('webhook') webhook: string): Promise<void> {
    return this.webhooks.delete(caller, webhook);
  }
}
