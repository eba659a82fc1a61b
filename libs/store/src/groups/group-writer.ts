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
import { violatesUnique } from '../pg-errors.js';
import { isToldAgain, type EventSource } from '../events/event-source.js';
import { IdentityDraft } from '../identities/identity-draft.js';
import { IdentityLearner } from '../identities/identity-learner.js';
import { IdentityTable } from '../identities/identity-table.js';
import { NO_SUCH_MEMBER, applyChange, applyResult, usersOf } from './apply-change.js';
import { GroupDraft } from './group-draft.js';
import type { News } from './group-events.js';
import { GroupSync, type SyncOptions, type SyncResult } from './group-sync.js';
import { GroupTable, isSettled, type GroupAndMembers } from './group-table.js';
import { KeyedQueue } from './keyed-queue.js';
import { strangers } from './strangers.js';

export type WriteOutcome = 'changed' | 'unchanged';

export interface SaveOptions extends SyncOptions {
  /** What brought the group about. Absent for a mere reading: before the first list of a session it tells nothing. */
  news?: News;
}

/** A group as it is to be, and what was learnt of people on the way. */
interface Plan {
  draft: GroupDraft;
  identities: IdentityDraft;
  /** Absent: nothing is told. */
  news: News | undefined;
}

/** A write fails only when somebody else's came in between, so each further try means that something got done. */
const TRIES = 200;

/**
 * Stores what WhatsApp tells of groups, for the owner of the session. `self` is the linked account.
 *
 * Each call is one transaction per group (a few groups, in a synchronisation) that changes rows, raises the group's
 * version, appends what is to be told of it and stores the identities that came with it together, or changes nothing.
 * What is told is the difference that the write makes: whoever comes second with the same, WhatsApp's notification or the
 * answer to an action of ours, finds none. Where an identity is new, the other groups of the session follow, each in a
 * transaction of its own, and are no news. Calls may run at once: a write that finds another version than the one it was
 * planned on does nothing and is planned again. Every method throws `NotFoundError('session')` once that is deleted.
 */
@Injectable()
export class GroupWriter {
  private readonly table: GroupTable;
  private readonly identities: IdentityTable;
  private readonly learner: IdentityLearner;
  private readonly sync: GroupSync;
  private readonly queue = new KeyedQueue();

  constructor(database: Database) {
    this.table = new GroupTable(database);
    this.identities = new IdentityTable(database);
    this.learner = new IdentityLearner(database);
    this.sync = new GroupSync(database, this.table, this.learner);
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
    options: SaveOptions = {},
  ): Promise<WriteOutcome | 'stale'> {
    const { groupJid } = group;
    const askedAt = options.askedAt ?? Infinity;
    let isStale = false;
    const outcome = await this.change(sessionId, groupJid, async () => {
      const { groups, isSynced } = await this.table.groups(sessionId, [groupJid]);
      const stored = groups.get(groupJid);
      const members = (stored && (await this.table.members([stored.id])).get(stored.id)) ?? [];
      const known = await this.identities.known(sessionId, strangers(group, members, self));
      const identities = new IdentityDraft(members, known);
      const draft = new GroupDraft(groupJid, stored, members, self, Date.now(), identities);
      isStale = (stored?.updatedAt ?? 0) > askedAt;
      if (!isStale) draft.takeSnapshot(group);
      return { draft, identities, news: options.news ?? (isSynced ? {} : undefined) };
    });
    return isStale ? 'stale' : outcome;
  }

  /**
   * `reread`: the group is not stored, or cannot be known from what was told; fetch it and `save` it. What was applied and
   * told before, and comes again, changes nothing: it may be older than what is stored by now.
   */
  async apply(sessionId: string, notification: GroupNotification, self: UserRef): Promise<WriteOutcome | 'reread'> {
    const { groupJid } = notification;
    let outcome: WriteOutcome = 'unchanged';
    let changes = notification.changes;
    const { actor } = notification;
    const source = sourceOf(sessionId, notification);
    const actors = actor ? [actor] : [];
    const created = changes.findLastIndex(({ type }) => type === 'created');
    const creation = changes[created];
    if (creation?.type === 'created') {
      // Never stale: what a notification brings is from the moment at which it came.
      const news = { actor, source: source && { ...source, key: `${source.key}/created` } };
      if ((await this.save(sessionId, creation.group, self, { news })) === 'changed') outcome = 'changed';
      changes = changes.slice(created + 1);
    }
    if (changes.length === 0) return outcome;
    let isKnown = true;
    const applied = await this.change(sessionId, groupJid, async () => {
      const users = [self, ...actors, ...changes.flatMap(usersOf)];
      const plan = planOf(groupJid, await this.table.groupWith(sessionId, groupJid, users), self, { actor, source });
      plan.draft.hear(actors);
      isKnown = plan.draft.isStored;
      for (const change of changes) isKnown = applyChange(plan.draft, change, self) && isKnown;
      return plan;
    });
    if (!isKnown) return 'reread';
    return applied === 'changed' ? applied : outcome;
  }

  /**
   * What WhatsApp answered to a member action of ours. `seen`, of the account and those who were named to WhatsApp (see
   * `LiveTargets`), saves a round trip; what it cannot tell, or tells no longer, is read again.
   */
  async applyResults(
    sessionId: string,
    groupJid: string,
    action: MemberAction,
    results: readonly ParticipantResult[],
    self: UserRef,
    seen?: GroupAndMembers,
  ): Promise<WriteOutcome> {
    let first = seen && tellsAll(seen, action, results) ? seen : undefined;
    return this.change(sessionId, groupJid, async () => {
      const stored = first ?? (await this.table.groupWith(sessionId, groupJid, [self, ...results]));
      first = undefined;
      const plan = planOf(groupJid, stored, self, { actor: self });
      for (const result of results) applyResult(plan.draft, action, result);
      return plan;
    });
  }

  /** The account is no longer in the group. Its rows stay, but for the account's own. `news`: who saw to it. */
  async markLeft(sessionId: string, groupJid: string, news: News = {}): Promise<WriteOutcome> {
    const { account } = await this.table.groupWith(sessionId, groupJid, []);
    return this.change(sessionId, groupJid, async () => {
      const plan = planOf(groupJid, await this.table.groupWith(sessionId, groupJid, [account]), account, news);
      plan.draft.leave();
      return plan;
    });
  }

  /** What the account itself has changed. A description without an id (`descriptionId`) cannot be replaced before the group was read again. */
  async updateSettings(
    sessionId: string,
    groupJid: string,
    settings: Partial<GroupSettings>,
    descriptionId?: string,
  ): Promise<WriteOutcome> {
    return this.change(sessionId, groupJid, async () => {
      const stored = await this.table.groupWith(sessionId, groupJid, []);
      const plan = planOf(groupJid, stored, {}, { actor: stored.account });
      plan.draft.set(settings, descriptionId);
      return plan;
    });
  }

  /** Plans and writes, again while others were faster. Calls for one group queue up, so that this stays rare. */
  private async change(sessionId: string, groupJid: string, plan: () => Promise<Plan>): Promise<WriteOutcome> {
    const { outcome, learnt } = await this.queue.run(`${sessionId}/${groupJid}`, async () => {
      let cause: unknown;
      for (let tries = 0; tries < TRIES; tries++) {
        const { draft, identities, news } = await plan();
        const [write, learnt] = [draft.write(news), identities.changes()];
        try {
          if (!write) {
            await this.table.tell(sessionId, news ? draft.requestEvents(news) : [], Date.now());
            return { outcome: 'unchanged' as const, learnt };
          }
          const written = await this.table.write(sessionId, [write], Date.now(), learnt);
          if (written.groups.has(write.id)) {
            return { outcome: 'changed' as const, learnt: isSettled(learnt, written) ? undefined : learnt };
          }
        } catch (error) {
          if (isToldAgain(error)) return { outcome: 'unchanged' as const };
          // Somebody is stored under an address that the plan did not know of.
          if (!isAddressTaken(error)) throw error;
          cause = error;
        }
      }
      throw new Error(`group ${groupJid} changed ${TRIES} times while a change of it was to be stored`, { cause });
    });
    if (learnt) await this.learner.settle(sessionId, learnt);
    return outcome;
  }
}

function planOf(
  groupJid: string,
  { group, members, identities: known }: GroupAndMembers,
  self: UserRef,
  news: News,
): Plan {
  const identities = new IdentityDraft(members, known);
  return { draft: new GroupDraft(groupJid, group, members, self, Date.now(), identities), identities, news };
}

/**
 * Whether `seen` is enough to know what `results` change. They name people by addresses that nobody asked for, too, and
 * somebody may be stored under such an address: a row that is to be added then fails and is planned again, but one that
 * is to be removed would be overlooked.
 */
function tellsAll(
  { group, members }: GroupAndMembers,
  action: MemberAction,
  results: readonly ParticipantResult[],
): boolean {
  if (!group) return false;
  const removed = results.filter(({ code }) => action === 'remove' || code === NO_SUCH_MEMBER);
  return removed.every((user) => members.some((member) => hasAddressesOf(member, user)));
}

function hasAddressesOf(member: UserRef, { phoneJid, lid }: UserRef): boolean {
  return (phoneJid ?? member.phoneJid) === member.phoneJid && (lid ?? member.lid) === member.lid;
}

/** The session's own, for the id of a notification is one only among those of one group at one moment. */
function sourceOf(sessionId: string, { id, groupJid, at }: GroupNotification): EventSource | undefined {
  return id === undefined ? undefined : { key: `${sessionId}/${groupJid}/${at}/${id}`, at };
}

function isAddressTaken(error: unknown): boolean {
  return violatesUnique(error, 'group_members_phone_key') || violatesUnique(error, 'group_members_lid_key');
}
