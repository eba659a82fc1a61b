import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Principal } from '#auth';
import { type FieldError, NotFoundError, ValidationError } from '#errors';
import type { List } from '#http';
import { ALL_EVENTS, type PageRequest, SessionRepository, WebhookRepository, type WebhookRevision } from '#store';
import { explained } from './secrets-unreadable.js';
import { AddressRules, refusalOf } from './sending/index.js';
import { revisionOf } from './webhook-revision.js';
import {
  type CreatedWebhookDto,
  type CreateWebhookDto,
  DEFAULT_RETRIES,
  toWebhookDto,
  type UpdateWebhookDto,
  type WebhookDto,
} from './webhooks.dto.js';
import { NOTHING_TO_CHANGE, URL_REFUSALS } from './webhooks.errors.js';

const SECRET_BYTES = 32;

@Injectable()
export class WebhooksService {
  constructor(
    private readonly webhooks: WebhookRepository,
    private readonly sessions: SessionRepository,
    private readonly rules: AddressRules,
  ) {}

  /** The answer holds the secret where none was given. */
  async create(caller: Principal, wanted: CreateWebhookDto): Promise<CreatedWebhookDto> {
    await this.check(caller, wanted);
    const { url, events, sessionId, customHeaders = {}, active = true } = wanted;
    const made = wanted.secret === undefined ? randomBytes(SECRET_BYTES).toString('base64url') : undefined;
    const { organizationId, id: createdBy, sessionIds } = caller;
    const retryPolicy = { ...DEFAULT_RETRIES, ...wanted.retryPolicy };
    const webhook = { organizationId, createdBy, url, events, sessionId, sessionIds, retryPolicy, active };
    const secrets = { secret: wanted.secret ?? made ?? '', headers: customHeaders };
    const record = await this.webhooks.create(webhook, secrets);
    return { ...toWebhookDto(record), ...(made !== undefined && { secret: made }) };
  }

  async list(caller: Principal, page: PageRequest): Promise<List<WebhookDto>> {
    const { data, nextCursor } = await this.webhooks.list(caller.scope, page);
    return { data: data.map(toWebhookDto), nextCursor };
  }

  async get(caller: Principal, id: string): Promise<WebhookDto> {
    return toWebhookDto(await this.webhooks.get(caller.scope, id));
  }

  async update(caller: Principal, id: string, wanted: UpdateWebhookDto): Promise<WebhookDto> {
    if (Object.keys(wanted).length === 0) throw ValidationError.of('body', NOTHING_TO_CHANGE);
    await this.webhooks.get(caller.scope, id);
    await this.check(caller, wanted);
    return toWebhookDto(
      await this.webhooks.revise(caller.scope, id, (current) =>
        refusingUnreadable(() => revisionOf(caller, wanted, current)),
      ),
    );
  }

  async delete(caller: Principal, id: string): Promise<void> {
    await this.webhooks.delete(caller.scope, id);
  }

  private async check(caller: Principal, wanted: CreateWebhookDto | UpdateWebhookDto): Promise<void> {
    const fields = [
      ...this.urlProblems(wanted.url),
      ...eventProblems(wanted.events),
      ...(await this.sessionProblems(caller, wanted.sessionId)),
    ];
    if (fields.length > 0) throw new ValidationError(fields);
  }

  private urlProblems(url: string | undefined): FieldError[] {
    const refusal = url === undefined ? undefined : refusalOf(url, this.rules);
    return refusal ? [{ path: 'url', message: URL_REFUSALS[refusal] }] : [];
  }

  private async sessionProblems(caller: Principal, sessionId: string | null | undefined): Promise<FieldError[]> {
    if (sessionId === undefined || sessionId === null) return [];
    try {
      await this.sessions.get(caller.scope, sessionId);
      return [];
    } catch (error) {
      if (error instanceof NotFoundError) return [{ path: 'sessionId', message: 'is not a session of yours' }];
      throw error;
    }
  }
}

function eventProblems(events: readonly string[] = []): FieldError[] {
  return events.length > 1 && events.includes(ALL_EVENTS)
    ? [{ path: 'events', message: `must be names of events, or ${ALL_EVENTS} alone` }]
    : [];
}

function refusingUnreadable(revision: () => WebhookRevision): WebhookRevision {
  try {
    return revision();
  } catch (error) {
    throw explained(error);
  }
}
