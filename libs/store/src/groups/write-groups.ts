import type { Statement } from '../database.js';
import { THIS_TRANSACTION } from '../events/event-log.js';
import { eventColumns, wakeReaders } from '../events/session-events.js';
import type { IdentityChanges } from '../identities/identity-draft.js';
import { identityValuesOf, loneIn } from '../identities/identity-table.js';
import { isLastWord, waitForDiskIf } from './durability.js';
import type { GroupWrite } from './group-draft.js';
import type { StoredMember } from './stored-group.js';

/**
 * Any number of groups, their members and what was learnt of them in one statement, which is one transaction.
 *
 * Locks are taken in one order by every writer: the session's row (so that a deletion, which takes it first and then its
 * groups, waits or is waited for, but never both), then groups by id. A group whose version is not the expected one is
 * left out with all that belongs to it. Rows are added after others were removed, since an address may pass from one to
 * the other. Identities come last: `count` waits for every group, where `exists` would be content with the first. One
 * that another transaction stored first stays as that one has it. What is told rides along: of a group that is left out,
 * nothing.
 *
 * The commit waits for the disk only where WhatsApp will not tell again who did what: with a notification, which is
 * acknowledged next. What else a crash of the database can lose is the last fraction of a second, and the list that
 * WhatsApp sends when the session connects again brings it back. A change is lost with its events, so that it is told when
 * it comes back; and what a webhook delivered is never lost, since the deliveries are handed out by a transaction that
 * waits for the disk, which has all earlier commits by then.
 */
export const WRITE: Statement = {
  name: 'writer.write',
  text: `
with owner as (
  select id, organization_id from sessions where id = $1 for key share
), incoming as (
  select * from unnest(
    $3::text[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::boolean[], $11::boolean[],
    $12::boolean[], $13::text[], $14::integer[], $15::text[], $16::integer[], $17::text[], $18::bigint[]
  ) as i (
    id, expected_version, group_jid, subject, description, description_id, owner_jid, is_announce, is_locked,
    join_approval, member_add_mode, ephemeral_seconds, addressing_mode, participant_count, my_role, created_at_wa
  )
), locked as (
  select g.id from groups g join incoming i on i.id = g.id and i.expected_version = g.version
  where g.session_id = (select id from owner)
  order by g.id for no key update of g
), updated as (
  update groups g set
    subject = i.subject, description = i.description, description_id = i.description_id, owner_jid = i.owner_jid,
    is_announce = i.is_announce, is_locked = i.is_locked, join_approval = i.join_approval,
    member_add_mode = i.member_add_mode, ephemeral_seconds = i.ephemeral_seconds,
    addressing_mode = i.addressing_mode, participant_count = i.participant_count, my_role = i.my_role,
    created_at_wa = i.created_at_wa, updated_at = $2, version = g.version + 1
  from locked join incoming i using (id)
  where g.id = locked.id
  returning g.id
), created as (
  insert into groups (
    id, session_id, group_jid, subject, description, description_id, owner_jid, is_announce, is_locked, join_approval,
    member_add_mode, ephemeral_seconds, addressing_mode, participant_count, my_role, created_at_wa, first_seen_at,
    updated_at, version
  )
  select i.id, owner.id, i.group_jid, i.subject, i.description, i.description_id, i.owner_jid, i.is_announce,
    i.is_locked, i.join_approval, i.member_add_mode, i.ephemeral_seconds, i.addressing_mode, i.participant_count,
    i.my_role, i.created_at_wa, $2, $2, 1
  from owner cross join incoming i
  where i.expected_version = 0
  order by i.group_jid
  on conflict (session_id, group_jid) do nothing
  returning id
), written as (
  select id from updated union all select id from created
), removed as (
  delete from group_members m using unnest($19::text[], $20::text[]) as r (group_id, id)
  where m.group_id = r.group_id and m.id = r.id and r.group_id in (select id from written)
  returning m.id
), changed as (
  update group_members m set role = c.role, tag = c.tag, last_seen_at = $2
  from unnest($21::text[], $22::text[], $23::text[], $24::text[]) as c (group_id, id, role, tag)
  where m.group_id = c.group_id and m.id = c.id and c.group_id in (select id from written)
), added as (
  insert into group_members (group_id, id, phone_jid, lid, role, tag, first_seen_at, last_seen_at)
  select a.group_id, a.id, a.phone_jid, a.lid, a.role, a.tag, a.first_seen_at, $2
  from unnest($25::text[], $26::text[], $27::text[], $28::text[], $29::text[], $30::text[], $31::bigint[])
    as a (group_id, id, phone_jid, lid, role, tag, first_seen_at)
  where a.group_id in (select id from written) and (select count(*) from removed) >= 0
), forgotten as (
  delete from identities
  where session_id = (select id from owner) and lid = any ($32::text[]) and (select count(*) from written) > 0
  returning lid
), learnt as (
  insert into identities (session_id, lid, phone_jid)
  select owner.id, l.lid, l.phone_jid from owner, unnest($33::text[], $34::text[]) as l (lid, phone_jid)
  where (select count(*) from written) > 0 and (select count(*) from forgotten) >= 0
  order by l.lid
  on conflict do nothing
  returning lid
), told as (
  insert into events (transaction_id, id, organization_id, session_id, event, payload, created_at)
  select ${THIS_TRANSACTION}, e.id, owner.organization_id, owner.id, e.event, e.payload::json, $2
  from owner, unnest($35::text[], $36::text[], $37::text[], $38::text[]) with ordinality
    as e (group_id, id, event, payload, place)
  where e.group_id in (select id from written)
  order by e.place
  returning id
)
select id, (select count(*) from learnt) as learnt, array(
  ${loneIn('$33::text[]', '$34::text[]')}
) as behind, ${waitForDiskIf('$39')}, ${wakeReaders('told')} from written`,
};

/** In the order of the statement's parameters. */
export function valuesOf(
  sessionId: string,
  writes: readonly GroupWrite[],
  now: number,
  learnt: IdentityChanges,
): unknown[] {
  const state = <T>(pick: (write: GroupWrite['state']) => T): T[] => writes.map((write) => pick(write.state));
  return [
    sessionId,
    now,
    writes.map(({ id }) => id),
    writes.map(({ expectedVersion }) => expectedVersion),
    writes.map(({ groupJid }) => groupJid),
    state(({ subject }) => subject),
    state(({ description }) => description),
    state(({ descriptionId }) => descriptionId ?? null),
    state(({ ownerJid }) => ownerJid ?? null),
    state(({ isAnnounce }) => isAnnounce),
    state(({ isLocked }) => isLocked),
    state(({ joinApproval }) => joinApproval),
    state(({ memberAddMode }) => memberAddMode),
    state(({ ephemeralSeconds }) => ephemeralSeconds),
    state(({ addressingMode }) => addressingMode),
    state(({ participantCount }) => participantCount),
    state(({ myRole }) => myRole),
    state(({ createdAtWa }) => createdAtWa ?? null),
    writes.flatMap(({ id, removed }) => removed.map(() => id)),
    writes.flatMap(({ removed }) => removed),
    ...columns(writes, 'updated', [({ id }) => id, ({ role }) => role, ({ tag }) => tag || null]),
    ...columns(writes, 'added', [
      ({ id }) => id,
      ({ phoneJid }) => phoneJid ?? null,
      ({ lid }) => lid ?? null,
      ({ role }) => role,
      ({ tag }) => tag || null,
      ({ firstSeenAt }) => firstSeenAt,
    ]),
    ...identityValuesOf(learnt),
    writes.flatMap(({ id, events }) => events.map(() => id)),
    ...eventColumns(writes.flatMap(({ events }) => events)),
    writes.some(isLastWord),
  ];
}

type Pick = (member: StoredMember) => string | number | null;

function columns(writes: readonly GroupWrite[], which: 'updated' | 'added', picks: readonly Pick[]): unknown[][] {
  const groupIds = writes.flatMap((write) => write[which].map(() => write.id));
  return [groupIds, ...picks.map((pick) => writes.flatMap((write) => write[which].map(pick)))];
}
