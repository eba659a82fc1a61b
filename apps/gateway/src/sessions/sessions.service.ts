import { Injectable } from '@nestjs/common';
import type { Principal } from '#auth';
import { ForbiddenError, NotFoundError } from '#errors';
import { SessionRepository, type Page, type PageRequest, type SessionRecord, type SessionSettingsPatch } from '#store';
import type { AccountIdentity } from '#whatsapp';
import { SessionSupervisor } from './session-supervisor.js';
import { SessionUnlinker } from './session-unlinker.js';

/** What people and scripts do with sessions. Every method throws `NotFoundError` for a session that is not theirs. */
@Injectable()
export class SessionsService {
  constructor(
    private readonly sessions: SessionRepository,
    private readonly supervisor: SessionSupervisor,
    private readonly unlinker: SessionUnlinker,
  ) {}

  list(caller: Principal, page: PageRequest): Promise<Page<SessionRecord>> {
    return this.sessions.list(caller.scope, page);
  }

  /** Every organization's: for the operator of the platform. */
  listAll(page: PageRequest): Promise<Page<SessionRecord>> {
    return this.sessions.listAll(page);
  }

  get(caller: Principal, sessionId: string): Promise<SessionRecord> {
    return this.sessions.get(caller.scope, sessionId);
  }

  find(caller: Principal, idOrLabel: string): Promise<SessionRecord> {
    return this.sessions.find(caller.scope, idOrLabel);
  }

  async create(caller: Principal, input: { label?: string; start?: boolean }): Promise<SessionRecord> {
    if (caller.scope.sessionIds) {
      throw new ForbiddenError('key_restricted', 'this api-key is limited to its sessions and cannot make new ones');
    }
    const session = await this.sessions.create({
      organizationId: caller.organizationId,
      label: input.label,
      createdBy: caller.id,
    });
    return input.start ? this.start(caller, session.id) : session;
  }

  update(caller: Principal, sessionId: string, settings: SessionSettingsPatch): Promise<SessionRecord> {
    return this.sessions.updateSettings(caller.scope, sessionId, settings);
  }

  async start(caller: Principal, sessionId: string): Promise<SessionRecord> {
    await this.supervisor.start(await this.get(caller, sessionId));
    return this.get(caller, sessionId);
  }

  async stop(caller: Principal, sessionId: string): Promise<SessionRecord> {
    await this.supervisor.stop(await this.get(caller, sessionId));
    return this.get(caller, sessionId);
  }

  async restart(caller: Principal, sessionId: string): Promise<SessionRecord> {
    await this.supervisor.restart(await this.get(caller, sessionId));
    return this.get(caller, sessionId);
  }

  async logout(caller: Principal, sessionId: string): Promise<SessionRecord> {
    await this.unlinker.logout(await this.get(caller, sessionId));
    return this.get(caller, sessionId);
  }

  async delete(caller: Principal, sessionId: string): Promise<void> {
    await this.unlinker.delete(await this.get(caller, sessionId));
  }

  async me(caller: Principal, sessionId: string): Promise<AccountIdentity> {
    const { waJid, waLid, phoneNumber } = await this.get(caller, sessionId);
    if (waJid === undefined || phoneNumber === undefined)
      throw new NotFoundError('linked account', { reason: 'not_paired' });
    return waLid === undefined ? { waJid, phoneNumber } : { waJid, waLid, phoneNumber };
  }
}
