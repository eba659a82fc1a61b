import type { SeededDatabase } from '../../bench/support/seeded-database.js';

const LOG = {
  name: 'crash.log',
  text: 'select id, session_id, event, payload from events order by transaction_id, position',
};
const MEMBERS = {
  name: 'crash.members',
  text: `select g.session_id, g.group_jid, coalesce(m.phone_jid, m.lid) as jid, m.role
         from groups g join group_members m on m.group_id = g.id where g.my_role <> 'left'`,
};

export interface LoggedEvent {
  id: string;
  session_id: string | null;
  event: string;
  payload: Record<string, unknown>;
}

/** By session, by group JID, by JID of the member: the role. */
export type Membership = Map<string, Map<string, Map<string, string>>>;

export function readLog(database: SeededDatabase): Promise<LoggedEvent[]> {
  return database.rows<LoggedEvent>(LOG);
}

export async function readMembers(database: SeededDatabase): Promise<Membership> {
  const rows = await database.rows<{ session_id: string; group_jid: string; jid: string; role: string }>(MEMBERS);
  const membership: Membership = new Map();
  for (const { session_id, group_jid, jid, role } of rows) groupIn(membership, session_id, group_jid).set(jid, role);
  return membership;
}

/** What becomes of `before` by what the events tell, and by nothing else. */
export function retold(before: Membership, events: readonly LoggedEvent[]): Membership {
  const after: Membership = new Map(
    [...before].map(([id, groups]) => [id, new Map([...groups].map(([jid, members]) => [jid, new Map(members)]))]),
  );
  for (const { event, session_id, payload } of events) {
    if (event !== 'group.participant' || session_id === null) continue;
    const { groupJid, join = [], leave = [], promote = [], demote = [] } = payload as unknown as ParticipantChange;
    const members = groupIn(after, session_id, groupJid);
    for (const jid of leave) members.delete(jid);
    for (const jid of [...join, ...demote]) members.set(jid, 'member');
    for (const jid of promote) members.set(jid, 'admin');
  }
  return after;
}

interface ParticipantChange {
  groupJid: string;
  join?: string[];
  leave?: string[];
  promote?: string[];
  demote?: string[];
}

function groupIn(membership: Membership, session: string, groupJid: string): Map<string, string> {
  const groups = membership.get(session) ?? new Map<string, Map<string, string>>();
  membership.set(session, groups);
  const members = groups.get(groupJid) ?? new Map<string, string>();
  groups.set(groupJid, members);
  return members;
}
