import type { Database, Statement } from '../database.js';
import { GroupDraft } from '../groups/group-draft.js';
import { GroupTable } from '../groups/group-table.js';
import { IdentityDraft, type Identity, type IdentityChanges } from './identity-draft.js';
import { addressesOf, IdentityTable, loneIn } from './identity-table.js';

const LONE: Statement = { name: 'identities.lone', text: loneIn('$2::text[]', '$3::text[]') };
/** Group by group: those whose number moved are few. */
const HELD: Statement = {
  name: 'identities.held',
  text: `select g.id as group_id from groups g
         where g.session_id = $1 and (
           exists (select from group_members m where m.group_id = g.id and m.lid = any ($2))
           or exists (select from group_members m where m.group_id = g.id and m.phone_jid = any ($3))
         )`,
};

/** A write fails only when somebody else's came in between. */
const TRIES = 50;
const BATCH_GROUPS = 100;

/** Takes in which LID and which phone number are one person, for every group of a session. */
export class IdentityLearner {
  private readonly identities: IdentityTable;
  private readonly groups: GroupTable;

  constructor(private readonly database: Database) {
    this.identities = new IdentityTable(database);
    this.groups = new GroupTable(database);
  }

  /** Of two that disagree, the later one counts. */
  async learn(sessionId: string, told: readonly Identity[]): Promise<void> {
    await this.settle(sessionId, { added: latestOf(told), removed: [] });
  }

  /** Stores what is not stored yet, and brings it to every group. `removed`: those who had a number that is another's now. */
  async settle(sessionId: string, { added, removed }: IdentityChanges): Promise<void> {
    if (added.length === 0) return;
    let hasMoved = removed.length > 0;
    for (let tries = 0; ; tries++) {
      const draft = new IdentityDraft(await this.identities.known(sessionId, added));
      for (const identity of added) draft.see(identity);
      const changes = draft.changes();
      if (changes.added.length === 0) break;
      if (tries === TRIES) throw new Error(`identities changed ${TRIES} times while others were to be stored`);
      hasMoved ||= changes.removed.length > 0;
      if (!(await this.identities.write(sessionId, changes))) return;
    }
    await this.spread(sessionId, added, hasMoved);
  }

  /**
   * Brings `identities`, which are stored by now, to the members of all groups: whoever is there under one address gets
   * the other. `hasMoved`: some had another number, or took it from somebody, who is not to be seen under it any longer.
   */
  private async spread(sessionId: string, identities: readonly Identity[], hasMoved: boolean): Promise<void> {
    const { lids, phones } = addressesOf(identities);
    const statements = hasMoved ? [LONE, HELD] : [LONE];
    const found = await Promise.all(
      statements.map((statement) => this.database.rows<{ group_id: string }>(statement, [sessionId, lids, phones])),
    );
    let groupIds = [...new Set(found.flat().map(({ group_id }) => group_id))];
    for (let tries = 0; groupIds.length > 0; tries++) {
      if (tries === TRIES) throw new Error(`groups changed ${TRIES} times while identities were brought to them`);
      const late: string[] = [];
      for (let from = 0; from < groupIds.length; from += BATCH_GROUPS) {
        late.push(...(await this.identify(sessionId, groupIds.slice(from, from + BATCH_GROUPS), identities)));
      }
      groupIds = late;
    }
  }

  /** One transaction. Returns the groups that somebody else changed meanwhile. */
  private async identify(
    sessionId: string,
    groupIds: readonly string[],
    identities: readonly Identity[],
  ): Promise<string[]> {
    const writes = (await this.groups.groupsWith(groupIds, identities)).flatMap(({ groupJid, group, members }) => {
      const draft = new GroupDraft(groupJid, group, members, {}, Date.now());
      draft.identify(identities);
      return draft.write() ?? [];
    });
    if (writes.length === 0) return [];
    const { groups } = await this.groups.write(sessionId, writes, Date.now());
    return writes.flatMap(({ id }) => (groups.has(id) ? [] : id));
  }
}

function latestOf(told: readonly Identity[]): Identity[] {
  const draft = new IdentityDraft();
  for (const identity of told) draft.see(identity);
  return draft.changes().added;
}
