import { Injectable } from '@nestjs/common';
import type {
  GroupNotification,
  GroupSettings,
  GroupSnapshot,
  MemberAction,
  ParticipantResult,
  UserRef,
} from '#whatsapp';
import { Database } from '../database.js';
import { applyChange, applyResult, usersOf } from './apply-change.js';
import { GroupDraft } from './group-draft.js';
import { GroupSync, type SyncOptions, type SyncResult } from './group-sync.js';
import { GroupTable } from './group-table.js';
import { KeyedQueue } from './keyed-queue.js';

export type WriteOutcome = 'changed' | 'unchanged';

/** A write fails only when somebody else's came in between, so each further try means that something got done. */
const TRIES = 20;

/**
 * Stores what WhatsApp tells of groups, for the owner of the session. `self` is the linked account.
 *
 * Each call is one transaction per group (a few groups, in a synchronisation) that changes rows and raises the group's
 * version together, or changes nothing. Calls may run at once: a write that finds another version than the one it was
 * planned on does nothing and is planned again. Every method throws `NotFoundError('session')` once that is deleted.
 */
@Injectable()
export class GroupWriter {
  private readonly table: GroupTable;
  private readonly sync: GroupSync;
  private readonly queue = new KeyedQueue();

  constructor(database: Database) {
    this.table = new GroupTable(database);
    this.sync = new GroupSync(database, this.table);
  }

  /** The complete list of the session's groups: those that it does not name were left. */
  synchronise(
    sessionId: string,
    groups: readonly GroupSnapshot[],
    self: UserRef,
    options?: SyncOptions,
  ): Promise<SyncResult> {
    return this.sync.run(sessionId, groups, self, options);
  }

  /**
   * One group, whole: made, joined or read again. `stale`: it was changed since it was asked for (`options.askedAt`), so
   * that what came may be older than what is stored; nothing is written, ask again.
   */
  async save(
    sessionId: string,
    group: GroupSnapshot,
    self: UserRef,
    options: SyncOptions = {},
  ): Promise<WriteOutcome | 'stale'> {
    const { groupJid } = group;
    const askedAt = options.askedAt ?? Infinity;
    let isStale = false;
    const outcome = await this.change(sessionId, groupJid, async () => {
      const stored = (await this.table.groups(sessionId, [groupJid])).get(groupJid);
      const members = stored && (await this.table.members([stored.id])).get(stored.id);
      const draft = new GroupDraft(groupJid, stored, members ?? [], self, Date.now());
      isStale = (stored?.updatedAt ?? 0) > askedAt;
      if (!isStale) draft.takeSnapshot(group);
      return draft;
    });
    return isStale ? 'stale' : outcome;
  }

  /** `reread`: the group is not stored, or cannot be known from what was told; fetch it and `save` it. */
  async apply(sessionId: string, notification: GroupNotification, self: UserRef): Promise<WriteOutcome | 'reread'> {
    const { groupJid } = notification;
    let outcome: WriteOutcome = 'unchanged';
    let changes = notification.changes;
    const created = changes.findLastIndex(({ type }) => type === 'created');
    const creation = changes[created];
    if (creation?.type === 'created') {
      // Never stale: what a notification brings is from the moment at which it came.
      if ((await this.save(sessionId, creation.group, self)) === 'changed') outcome = 'changed';
      changes = changes.slice(created + 1);
    }
    if (changes.length === 0) return outcome;
    let isKnown = true;
    const applied = await this.change(sessionId, groupJid, async () => {
      const users = [self, ...changes.flatMap(usersOf)];
      const { group, members } = await this.table.groupWith(sessionId, groupJid, users);
      const draft = new GroupDraft(groupJid, group, members, self, Date.now());
      isKnown = group !== undefined;
      if (isKnown) for (const change of changes) isKnown = applyChange(draft, change, self) && isKnown;
      return draft;
    });
    if (!isKnown) return 'reread';
    return applied === 'changed' ? applied : outcome;
  }

  /** What WhatsApp answered to a member action of ours. */
  async applyResults(
    sessionId: string,
    groupJid: string,
    action: MemberAction,
    results: readonly ParticipantResult[],
    self: UserRef,
  ): Promise<WriteOutcome> {
    return this.change(sessionId, groupJid, async () => {
      const { group, members } = await this.table.groupWith(sessionId, groupJid, [self, ...results]);
      const draft = new GroupDraft(groupJid, group, members, self, Date.now());
      for (const result of results) applyResult(draft, action, result);
      return draft;
    });
  }

  /** The account is no longer in the group. Its rows stay, but for the account's own. */
  async markLeft(sessionId: string, groupJid: string): Promise<WriteOutcome> {
    const { account } = await this.table.groupWith(sessionId, groupJid, []);
    return this.change(sessionId, groupJid, async () => {
      const { group, members } = await this.table.groupWith(sessionId, groupJid, [account]);
      const draft = new GroupDraft(groupJid, group, members, account, Date.now());
      draft.leave();
      return draft;
    });
  }

  /** A description without an id (`descriptionId`) cannot be replaced before the group was read again. */
  async updateSettings(
    sessionId: string,
    groupJid: string,
    settings: Partial<GroupSettings>,
    descriptionId?: string,
  ): Promise<WriteOutcome> {
    return this.change(sessionId, groupJid, async () => {
      const { group } = await this.table.groupWith(sessionId, groupJid, []);
      const draft = new GroupDraft(groupJid, group, [], {}, Date.now());
      draft.set(settings, descriptionId);
      return draft;
    });
  }

  /** Plans and writes, again while others were faster. Calls for one group queue up, so that this stays rare. */
  private change(sessionId: string, groupJid: string, plan: () => Promise<GroupDraft>): Promise<WriteOutcome> {
    return this.queue.run(`${sessionId}/${groupJid}`, async () => {
      for (let tries = 0; tries < TRIES; tries++) {
        const write = (await plan()).write();
        if (!write) return 'unchanged';
        const written = await this.table.write(sessionId, [write], Date.now());
        if (written.has(write.id)) return 'changed';
      }
      throw new Error(`group ${groupJid} changed ${TRIES} times while a change of it was to be stored`);
    });
  }
}
