import { Injectable, Logger } from '@nestjs/common';
import type { Principal } from '#auth';
import { GroupRepository, GroupWriter, type GroupRecord, type Page, type PageRequest } from '#store';
import type { GroupSnapshot, ParticipantResult } from '#whatsapp';
import { GroupSync } from './group-sync.service.js';
import { LiveGroups } from './live-groups.service.js';
import { acceptedAs } from './refusal.js';

export interface CreatedGroup {
  group: GroupSnapshot;
  /** Those whom WhatsApp declined to put into it. */
  declined: ParticipantResult[];
}

/** Groups as such: the stored ones, making one, leaving one. */
@Injectable()
export class GroupsService {
  private readonly logger = new Logger('Groups');

  constructor(
    private readonly groups: GroupRepository,
    private readonly writer: GroupWriter,
    private readonly live: LiveGroups,
    private readonly sync: GroupSync,
  ) {}

  list(caller: Principal, sessionId: string, page: PageRequest): Promise<Page<GroupRecord>> {
    return this.groups.list(caller.scope, sessionId, page);
  }

  get(caller: Pick<Principal, 'scope'>, sessionId: string, groupJid: string): Promise<GroupRecord> {
    return this.groups.get(caller.scope, sessionId, groupJid);
  }

  /** Begins to read all groups of the session again. Who asks while that is under way joins in. */
  async refresh(caller: Principal, sessionId: string): Promise<void> {
    await this.live.account(caller, sessionId);
    this.sync.refresh(sessionId);
  }

  async create(
    caller: Principal,
    sessionId: string,
    name: string,
    participants: readonly string[],
  ): Promise<CreatedGroup> {
    const account = await this.live.account(caller, sessionId);
    const { group, results } = await this.live.askAccount(
      acceptedAs('name', account.client.createGroup(name, participants)),
    );
    await this.record(
      sessionId,
      group.groupJid,
      this.writer.save(sessionId, group, account.self, { news: { actor: account.self } }),
    );
    return { group, declined: results.filter((result) => result.code !== 200) };
  }

  async leave(caller: Principal, sessionId: string, groupJid: string): Promise<void> {
    const target = await this.live.group(caller, sessionId, groupJid);
    await this.live.ask({ ...target, group: { ...target.group, myRole: 'left' } }, target.client.leaveGroup(groupJid));
    await this.record(sessionId, groupJid, this.writer.markLeft(sessionId, groupJid, { actor: target.self }));
  }

  /**
   * Stores what WhatsApp has already done. When that fails the action is done all the same, so the caller hears of
   * success, and the stored groups are read again.
   */
  async record(sessionId: string, groupJid: string, stored: Promise<unknown>): Promise<void> {
    try {
      await stored;
    } catch (error) {
      this.logger.error({ msg: 'an action was done and not stored', sessionId, groupJid });
      this.sync.readAgain(sessionId, error);
    }
  }
}
