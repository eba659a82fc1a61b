import { Injectable } from '@nestjs/common';
import { CAPABILITIES, KnownApiKeys, newApiKey, type Principal } from '#auth';
import { type FieldError, NotFoundError, ValidationError } from '#errors';
import type { List } from '#http';
import { type ApiKeyRecord, ApiKeyRepository, type PageRequest, SessionRepository } from '#store';
import type { ApiKeyDto, CreateApiKeyDto, CreatedApiKeyDto } from './api-key.dto.js';
import { limitsFor } from './key-limits.js';

/** Organization of the key that an empty database starts with. */
const FIRST_ORGANIZATION = 'default';

@Injectable()
export class ApiKeysService {
  constructor(
    private readonly apiKeys: ApiKeyRepository,
    private readonly known: KnownApiKeys,
    private readonly sessions: SessionRepository,
  ) {}

  async create(caller: Principal, { name, capabilities, ...wanted }: CreateApiKeyDto): Promise<CreatedApiKeyDto> {
    const fields = [...pastMoment(wanted.expiresAt), ...(await this.unknownSessions(caller, wanted.sessionIds ?? []))];
    if (fields.length > 0) throw new ValidationError(fields);
    const limits = limitsFor(caller, { capabilities: [...new Set(capabilities)], ...wanted });
    const { id, secret, hash } = newApiKey();
    const { organizationId, id: createdBy } = caller;
    const record = await this.apiKeys.create({ id, organizationId, name, secretHash: hash, createdBy, ...limits });
    return { ...toDto(record), secret };
  }

  async list(caller: Principal, page: PageRequest): Promise<List<ApiKeyDto>> {
    const { data, nextCursor } = await this.apiKeys.list(caller.scope, page);
    return { data: data.map(toDto), nextCursor };
  }

  async get(caller: Principal, id: string): Promise<ApiKeyDto> {
    return toDto(await this.apiKeys.get(caller.scope, id));
  }

  async delete(caller: Principal, id: string): Promise<void> {
    await this.apiKeys.delete(caller.scope, id);
    this.known.drop(id);
  }

  /** The key that an empty database starts with; `undefined` when there are keys already. The caller shows it, once. */
  async createFirst(): Promise<string | undefined> {
    const { id, secret, hash } = newApiKey();
    const first = await this.apiKeys.createFirst({
      id,
      organizationId: FIRST_ORGANIZATION,
      name: 'first owner',
      secretHash: hash,
      capabilities: [...CAPABILITIES],
    });
    return first && secret;
  }

  private async unknownSessions(caller: Principal, sessionIds: readonly string[]): Promise<FieldError[]> {
    const exist = await Promise.all(sessionIds.map((id) => this.exists(caller, id)));
    return sessionIds.flatMap((_, index) =>
      exist[index] ? [] : [{ path: `sessionIds[${index}]`, message: 'is not a session of yours' }],
    );
  }

  private async exists(caller: Principal, id: string): Promise<boolean> {
    try {
      await this.sessions.get(caller.scope, id);
      return true;
    } catch (error) {
      if (error instanceof NotFoundError) return false;
      throw error;
    }
  }
}

function pastMoment(expiresAt = Infinity): FieldError[] {
  return expiresAt > Date.now() ? [] : [{ path: 'expiresAt', message: 'must be in the future' }];
}

function toDto({ secretHash: _, ...record }: ApiKeyRecord): ApiKeyDto {
  return record as ApiKeyDto;
}
