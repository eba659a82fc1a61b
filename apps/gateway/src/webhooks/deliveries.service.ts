import { Injectable } from '@nestjs/common';
import type { Principal } from '#auth';
import { ConflictError } from '#errors';
import type { List } from '#http';
import { DeliveryRepository, WebhookRepository } from '#store';
import { type DeliveriesQuery, type DeliveryDto, type RedeliveredDto, USUAL_PAGE } from './deliveries.dto.js';
import { INACTIVE } from './webhooks.errors.js';

/** Every method throws `NotFoundError('webhook')` for one that is not the caller's. */
@Injectable()
export class DeliveriesService {
  constructor(
    private readonly webhooks: WebhookRepository,
    private readonly deliveries: DeliveryRepository,
  ) {}

  async list(caller: Principal, webhook: string, query: DeliveriesQuery): Promise<List<DeliveryDto>> {
    const { id } = await this.webhooks.get(caller.scope, webhook);
    return this.deliveries.list(caller.scope, id, { ...query, limit: query.limit ?? USUAL_PAGE });
  }

  /** Throws `NotFoundError('delivery')`, and `ConflictError` (`webhook_inactive`) where nothing would be sent. */
  async redeliver(caller: Principal, webhook: string, delivery: string): Promise<DeliveryDto> {
    return this.deliveries.redeliver(caller.scope, await this.activeId(caller, webhook), delivery);
  }

  /** Throws `ConflictError` (`webhook_inactive`) where nothing would be sent. */
  async redeliverDead(caller: Principal, webhook: string): Promise<RedeliveredDto> {
    const id = await this.activeId(caller, webhook);
    return { redelivered: await this.deliveries.redeliverDead(caller.scope, id) };
  }

  private async activeId(caller: Principal, webhook: string): Promise<string> {
    const { id, active } = await this.webhooks.get(caller.scope, webhook);
    if (!active) throw new ConflictError('webhook_inactive', INACTIVE);
    return id;
  }
}
