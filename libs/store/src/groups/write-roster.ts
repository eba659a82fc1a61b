import type { Statement } from '../database.js';
import { THIS_TRANSACTION } from '../events/event-log.js';
import { eventColumns, wakeReaders } from '../events/session-events.js';
import { isLastWord, waitForDiskIf } from './durability.js';
import type { GroupWrite } from './group-draft.js';
import type { StoredMember } from './stored-group.js';

/**
 * Who is in one stored group: all that a member action changes. The same as `WRITE` would do, in half its time, since
 * little has to be planned and bound. The group's row is the only lock that is taken, as nothing here refers to the
 * session; the rest of what is said of `WRITE` holds here too.
 */
export const WRITE_ROSTER: Statement = {
  name: 'writer.write-roster',
  text: `
with written as (
  update groups set participant_count = $4, my_role = $5, updated_at = $3, version = version + 1
  where id = $1 and version = $2
  returning id, session_id
), removed as (
  delete from group_members m using written where m.group_id = written.id and m.id = any ($6::text[])
  returning m.id
), changed as (
  update group_members m set role = c.role, tag = c.tag, last_seen_at = $3
  from written, unnest($7::text[], $8::text[], $9::text[]) as c (id, role, tag)
  where m.group_id = written.id and m.id = c.id
), added as (
  insert into group_members (group_id, id, phone_jid, lid, role, tag, first_seen_at, last_seen_at)
  select written.id, a.id, a.phone_jid, a.lid, a.role, a.tag, a.first_seen_at, $3
  from written, unnest($10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::bigint[])
    as a (id, phone_jid, lid, role, tag, first_seen_at)
  where (select count(*) from removed) >= 0
), told as (
  insert into events (transaction_id, id, organization_id, session_id, event, payload, created_at)
  select ${THIS_TRANSACTION}, e.id, s.organization_id, s.id, e.event, e.payload::json, $3
  from written join sessions s on s.id = written.session_id,
    unnest($16::text[], $17::text[], $18::text[]) with ordinality as e (id, event, payload, place)
  order by e.place
  returning id
)
select id, ${waitForDiskIf('$19')}, ${wakeReaders('told')} from written`,
};

/** In the order of the statement's parameters. */
export function rosterValuesOf(write: GroupWrite, now: number): unknown[] {
  const { id, expectedVersion, state, removed, updated, added, events } = write;
  const column = <T>(members: readonly StoredMember[], pick: (member: StoredMember) => T): T[] => members.map(pick);
  return [
    id,
    expectedVersion,
    now,
    state.participantCount,
    state.myRole,
    removed,
    column(updated, (member) => member.id),
    column(updated, ({ role }) => role),
    column(updated, ({ tag }) => tag || null),
    column(added, (member) => member.id),
    column(added, ({ phoneJid }) => phoneJid ?? null),
    column(added, ({ lid }) => lid ?? null),
    column(added, ({ role }) => role),
    column(added, ({ tag }) => tag || null),
    column(added, ({ firstSeenAt }) => firstSeenAt),
    ...eventColumns(events),
    isLastWord(write),
  ];
}
