import type { GroupSnapshot, UserRef } from '#whatsapp';
import type { Database, Statement } from '../database.js';
import { GroupDraft, type GroupWrite } from './group-draft.js';
import type { News } from './group-events.js';
import { isSettled, type GroupTable } from './group-table.js';
import { IdentityDraft, type IdentityChanges } from '../identities/identity-draft.js';
import type { IdentityLearner } from '../identities/identity-learner.js';
import { IdentityTable } from '../identities/identity-table.js';
import type { StoredGroup } from './stored-group.js';
import { strangers } from './strangers.js';

export interface SyncOptions {
  /**
   * When WhatsApp was asked, by this process's clock in epoch milliseconds. What was stored of a group later than that
   * may be newer than the answer: such a group is left as it is.
   */
  askedAt?: number;
}

export interface SyncResult {
  /** How many groups the list names. */
  groups: number;
  /** How many groups were stored, changed or found left. */
  changed: number;
  /** JIDs of groups that changed while the list was on its way: to be read again, one by one. */
  stale: string[];
}

const SYNCED: Statement = {
  name: 'sessions.groups-synced',
  text: 'update sessions set groups_synced_at = $2 where id = $1',
};

/** What a batch of snapshots changes. */
interface Plan {
  writes: GroupWrite[];
  learnt: IdentityChanges;
}

/** Rows of members per transaction: a few hundred amortize the round trip, and block neither us nor other writers. */
const BATCH_MEMBERS = 500;
const BATCH_GROUPS = 100;

/**
 * One complete list of a session's groups, stored batch by batch. All that it changes is told, but for the first list of a
 * session.
 */
export class GroupSync {
  private readonly identities: IdentityTable;

  constructor(
    private readonly database: Database,
    private readonly table: GroupTable,
    private readonly learner: IdentityLearner,
  ) {
    this.identities = new IdentityTable(database);
  }

  async run(
    sessionId: string,
    groups: readonly GroupSnapshot[],
    self: UserRef,
    options: SyncOptions = {},
  ): Promise<SyncResult> {
    // What comes in from here on is newer in any case.
    const askedAt = options.askedAt ?? Date.now();
    const { groups: stored, isSynced } = await this.table.groups(sessionId);
    // How things are when the session is seen for the first time is no change of them.
    const news: News | undefined = isSynced ? {} : undefined;
    const listed = new Map(groups.map((group) => [group.groupJid, group]));
    const missing = [...stored.keys()].filter((jid) => !listed.has(jid) && stored.get(jid)?.myRole !== 'left');
    const result: SyncResult = { groups: listed.size, changed: 0, stale: [] };
    const isFresh = (jid: string, group: StoredGroup | undefined): boolean => {
      const fresh = (group?.updatedAt ?? 0) <= askedAt;
      if (!fresh) result.stale.push(jid);
      return fresh;
    };
    const current = [...listed.values()].filter(({ groupJid }) => isFresh(groupJid, stored.get(groupJid)));
    // The database writes one batch while the next is planned.
    let writing: Promise<void> | undefined;
    const heard = new Map<string, string>();
    try {
      for (const batch of batches(current)) {
        const plan = await this.plan(sessionId, batch, stored, self, heard, news);
        await writing;
        writing = this.write(sessionId, plan, result);
        // It is awaited, but only once the next plan stands: by then, it would count as a failure that nobody handles.
        writing.catch(() => undefined);
      }
    } finally {
      await writing;
    }
    for (const jid of missing) {
      const { group, members } = await this.table.groupWith(sessionId, jid, [self]);
      if (!group || !isFresh(jid, group)) continue;
      const draft = new GroupDraft(jid, group, members, self, Date.now());
      draft.leave();
      const writes = [draft.write(news) ?? []].flat();
      await this.write(sessionId, { writes, learnt: { removed: [], added: [] } }, result);
    }
    await this.database.rows(SYNCED, [sessionId, Date.now()]);
    return result;
  }

  /** `heard`: phone JIDs by the LIDs that the batches before told them of, which the database need not be asked for. */
  private async plan(
    sessionId: string,
    batch: readonly GroupSnapshot[],
    stored: ReadonlyMap<string, StoredGroup>,
    self: UserRef,
    heard: Map<string, string>,
    news: News | undefined,
  ): Promise<Plan> {
    const members = await this.table.members(batch.flatMap(({ groupJid }) => stored.get(groupJid)?.id ?? []));
    const membersOf = ({ groupJid }: GroupSnapshot) => members.get(stored.get(groupJid)?.id ?? '') ?? [];
    const unknown = batch.flatMap((snapshot) => strangers(snapshot, membersOf(snapshot), self));
    const told = unknown.flatMap((user) => heardOf(user, heard) ?? []);
    const unheard = unknown.filter((user) => !heardOf(user, heard));
    const known = await this.identities.known(sessionId, unheard);
    const identities = new IdentityDraft([...members.values()].flat(), known, told);
    // All of it is heard first: what one group tells of somebody completes them in the others of the same write.
    for (const { participants } of batch) {
      for (const participant of participants) {
        const { lid, phoneJid } = identities.see(participant);
        if (lid !== undefined && phoneJid !== undefined) heard.set(lid, phoneJid);
      }
    }
    const writes = batch.flatMap((snapshot) => {
      const group = stored.get(snapshot.groupJid);
      const draft = new GroupDraft(snapshot.groupJid, group, membersOf(snapshot), self, Date.now(), identities);
      draft.takeSnapshot(snapshot);
      return draft.write(news) ?? [];
    });
    return { writes, learnt: identities.changes() };
  }

  private async write(sessionId: string, { writes, learnt }: Plan, result: SyncResult): Promise<void> {
    if (writes.length > 0) {
      const written = await this.table.write(sessionId, writes, Date.now(), learnt);
      result.changed += written.groups.size;
      for (const { id, groupJid } of writes) if (!written.groups.has(id)) result.stale.push(groupJid);
      if (isSettled(learnt, written)) return;
    }
    await this.learner.settle(sessionId, learnt);
  }
}

/** The person by both addresses, if `heard` (phone JIDs by LIDs) tells them and `user` does not say otherwise. */
function heardOf({ lid, phoneJid }: UserRef, heard: ReadonlyMap<string, string>): UserRef | undefined {
  const known = lid === undefined ? undefined : heard.get(lid);
  return known !== undefined && (phoneJid ?? known) === known ? { lid, phoneJid: known } : undefined;
}

/** Groups in order, a few hundred members at a time; a larger group is a batch of its own. */
function* batches(groups: readonly GroupSnapshot[]): Generator<GroupSnapshot[]> {
  let batch: GroupSnapshot[] = [];
  let members = 0;
  for (const group of groups) {
    if (batch.length > 0 && (members + group.participants.length > BATCH_MEMBERS || batch.length >= BATCH_GROUPS)) {
      yield batch;
      batch = [];
      members = 0;
    }
    batch.push(group);
    members += group.participants.length;
  }
  if (batch.length > 0) yield batch;
}
