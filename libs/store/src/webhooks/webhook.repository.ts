import { isDeepStrictEqual } from 'node:util';
import { ConflictError, NotFoundError, ValidationError } from '#errors';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { CredentialsCipher, type SealedValue } from '../credentials/credentials-cipher.js';
import { CredentialsKeyRing } from '../credentials/credentials-key-ring.js';
import { unlessAway } from '../database-away.js';
import { Database } from '../database.js';
import { WEBHOOK_LOCK_SPACE } from '../locks.js';
import { isPrefixedId, newId } from '../new-id.js';
import { pageOf, rowsFor, startOf, type Page, type PageRequest } from '../page.js';
import { violatesForeignKey } from '../pg-errors.js';
import type { TenantScope } from '../tenant-scope.js';
import { DeliveryDiscards } from './delivery-discards.js';
import { hasten } from './delivery-haste.js';
import { webhookPlace } from './webhook-place.js';
import { CLOSE, CONFIGURATION, COUNT, CREATE, DELETE, GET, LIST, LOCK, REVISE } from './webhook-statements.js';
import type {
  NewWebhook,
  WebhookConfiguration,
  WebhookRecord,
  WebhookRevision,
  WebhookSecrets,
  WebhookSettings,
} from './webhook.record.js';
import { toWebhookRecord, type SealedWebhookRow, type WebhookRow } from './webhook.row.js';

/** Of one organization. */
export const MOST_WEBHOOKS = 50;

/** Which list a cursor belongs to. */
const WEBHOOKS = 'webhooks';

type PausableSettings = WebhookSettings & Pick<WebhookRecord, 'pausedReason'>;

/** A webhook as it was at one moment. */
export interface SealedWebhook {
  webhook: WebhookRecord;
  /** Throws `CredentialsUnreadableError`. */
  secrets: () => WebhookSecrets;
}

/** Webhooks and their secrets. Every process is told of every change, once it is committed (`WEBHOOKS_CHANNEL`). */
@Injectable()
export class WebhookRepository {
  private readonly cipher: CredentialsCipher;
  private readonly discards: DeliveryDiscards;

  constructor(
    private readonly database: Database,
    keys: CredentialsKeyRing,
  ) {
    this.cipher = new CredentialsCipher(keys);
    this.discards = new DeliveryDiscards(database);
  }

  /**
   * Throws `ConflictError` (`webhook_limit`) when the organization has `MOST_WEBHOOKS`, and `ValidationError` when the
   * session is gone.
   */
  async create(webhook: NewWebhook, secrets: WebhookSecrets): Promise<WebhookRecord> {
    const { organizationId, createdBy } = webhook;
    const id = `wh_${newId()}`;
    const values = settingsOf(webhook, headerNames(secrets), this.seal(id, secrets));
    return this.transaction(async (manager) => {
      // Two that are made at once must not both find room for one.
      await manager.query('select pg_advisory_xact_lock($1, hashtext($2))', [WEBHOOK_LOCK_SPACE, organizationId]);
      const [count] = await manager.query<{ webhooks: number }[]>(COUNT, [organizationId]);
      if ((count?.webhooks ?? 0) >= MOST_WEBHOOKS) {
        throw new ConflictError('webhook_limit', `an organization has at most ${MOST_WEBHOOKS} webhooks`);
      }
      return found(await manager.query<WebhookRow[]>(CREATE, [...values, id, organizationId, createdBy ?? null]));
    });
  }

  async list(scope: TenantScope, page: PageRequest): Promise<Page<WebhookRecord>> {
    const values = [...visible(scope), startOf(page, WEBHOOKS), rowsFor(page)];
    const rows = await this.database.rows<WebhookRow>(LIST, values);
    return pageOf(rows.map(toWebhookRecord), page, WEBHOOKS);
  }

  /** Throws `NotFoundError('webhook')` for an id that is unknown, malformed, another organization's or outside the scope. */
  async get(scope: TenantScope, id: string): Promise<WebhookRecord> {
    return found(await this.database.rows<WebhookRow>(GET, [...visible(scope), known(id)]));
  }

  /**
   * What `revision` makes of it, in one transaction: nobody changes it meanwhile, and what `revision` throws leaves it as
   * it was. What it wants no longer and has not got yet is discarded; what waits to be tried again is due at once when it
   * becomes active, or `isHasty`. Throws `NotFoundError` as `get`, and `ValidationError` when the session is gone.
   */
  async revise(
    scope: TenantScope,
    id: string,
    revision: (current: SealedWebhook) => WebhookRevision,
  ): Promise<WebhookRecord> {
    const { before, after, isHasty } = await this.change(scope, known(id), revision);
    if (!wantsAlike(before, after)) await this.discards.unwanted(id);
    if (after.active && (isHasty || !before.active)) await hasten(this.database, id);
    return after;
  }

  /**
   * Takes its deliveries along, many before it: who locks it for long keeps events from being handed out. Throws
   * `NotFoundError` as `get`.
   */
  async delete(scope: TenantScope, id: string): Promise<void> {
    const values = [...visible(scope), known(id)];
    const closed = await this.database.rows(CLOSE, values);
    if (closed.length === 0) throw new NotFoundError('webhook');
    await this.discards.all(id);
    const deleted = await this.database.rows(DELETE, values);
    if (deleted.length === 0) throw new NotFoundError('webhook');
  }

  /** Of any organization, for whoever sends to it; `undefined`: there is none any more. */
  async sealed(id: string): Promise<SealedWebhook | undefined> {
    const [row] = await this.database.rows<SealedWebhookRow>(CONFIGURATION, [id]);
    return row && { webhook: toWebhookRecord(row), secrets: () => this.open(row) };
  }

  /** As `sealed`, opened. Throws `CredentialsUnreadableError`. */
  async configurationOf(id: string): Promise<WebhookConfiguration | undefined> {
    const found = await this.sealed(id);
    return found && { webhook: found.webhook, secrets: found.secrets() };
  }

  private change(
    scope: TenantScope,
    id: string,
    revision: (current: SealedWebhook) => WebhookRevision,
  ): Promise<{ before: WebhookRecord; after: WebhookRecord; isHasty: boolean }> {
    return this.transaction(async (manager) => {
      const [row] = await manager.query<SealedWebhookRow[]>(LOCK, [...visible(scope), id]);
      if (!row) throw new NotFoundError('webhook');
      const before = toWebhookRecord(row);
      const { secrets, isHasty = false, ...revised } = revision({ webhook: before, secrets: () => this.open(row) });
      const names = secrets ? headerNames(secrets) : before.headerNames;
      const sealed = secrets ? this.seal(id, secrets) : { keyId: row.key_id, value: row.sealed };
      const values = [...settingsOf(revised, names, sealed), id, before.organizationId];
      const after = found(await manager.query<WebhookRow[]>(REVISE, values));
      return { before, after, isHasty };
    });
  }

  private seal(id: string, secrets: WebhookSecrets): SealedValue {
    return this.cipher.seal(webhookPlace(id), Buffer.from(JSON.stringify(secrets)));
  }

  private open({ id, key_id: keyId, sealed: value }: SealedWebhookRow): WebhookSecrets {
    return JSON.parse(this.cipher.open(webhookPlace(id), { keyId, value }).toString()) as WebhookSecrets;
  }

  private transaction<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return unlessAway(this.database.dataSource.transaction(work)).catch(refuseLostSession);
  }
}

function known(id: string): string {
  if (!isPrefixedId('wh_', id)) throw new NotFoundError('webhook');
  return id;
}

function found([row]: readonly WebhookRow[]): WebhookRecord {
  if (!row) throw new NotFoundError('webhook');
  return toWebhookRecord(row);
}

function visible(scope: TenantScope): unknown[] {
  return [scope.organizationId, scope.sessionIds ?? null];
}

function wantsAlike(one: WebhookRecord, other: WebhookRecord): boolean {
  const wants = ({ events, sessionId, sessionIds }: WebhookRecord): unknown => [events, sessionId, sessionIds];
  return isDeepStrictEqual(wants(one), wants(other));
}

function headerNames({ headers }: WebhookSecrets): string[] {
  return Object.keys(headers);
}

/** The first values of `CREATE` and of `REVISE`. */
function settingsOf(settings: PausableSettings, names: readonly string[], sealed: SealedValue): unknown[] {
  const { url, events, sessionId, sessionIds, retryPolicy, active, pausedReason } = settings;
  return [
    ...[url, events, sessionId ?? null, sessionIds ?? null, names, sealed.keyId, sealed.value],
    ...[retryPolicy.policy, retryPolicy.delaySeconds, retryPolicy.attempts],
    ...[active, pausedReason ?? null, Date.now()],
  ];
}

function refuseLostSession(error: unknown): never {
  if (!violatesForeignKey(error, 'webhooks_session_fkey')) throw error;
  throw ValidationError.of('sessionId', 'is not a session of yours', { cause: error });
}
