import type { UserRef } from '#whatsapp';
import type { Database, Statement } from '../database.js';
import type { Identity, IdentityChanges } from './identity-draft.js';

/** Two look-ups rather than one condition with `or`: each has an index of its own. */
const KNOWN: Statement = {
  name: 'identities.known',
  text: `select lid, phone_jid from identities where session_id = $1 and lid = any ($2)
         union
         select lid, phone_jid from identities where session_id = $1 and phone_jid = any ($3)`,
};
/**
 * Groups of the session `$1` that show somebody of those named by one address alone: members, by indexes that hold nobody
 * else, and the one who made the group.
 */
export function loneIn(lids: string, phones: string): string {
  return `select m.group_id from group_members m join groups g on g.id = m.group_id
          where g.session_id = $1 and m.lid = any (${lids}) and m.phone_jid is null
          union
          select m.group_id from group_members m join groups g on g.id = m.group_id
          where g.session_id = $1 and m.phone_jid = any (${phones}) and m.lid is null
          union
          select g.id from groups g
          where cardinality(${lids}) > 0 and g.session_id = $1 and g.owner_jid = any (${lids})`;
}

/** What a write that was planned on something else finds taken is left as it is, and planned again. */
const LEARN: Statement = {
  name: 'identities.learn',
  text: `
with owner as (
  select id from sessions where id = $1 for key share
), forgotten as (
  delete from identities where session_id = (select id from owner) and lid = any ($2::text[])
  returning lid
), learnt as (
  insert into identities (session_id, lid, phone_jid)
  select owner.id, l.lid, l.phone_jid from owner, unnest($3::text[], $4::text[]) as l (lid, phone_jid)
  where (select count(*) from forgotten) >= 0
  order by l.lid
  on conflict do nothing
)
select set_config('synchronous_commit', 'off', true) from owner`,
};

type KnownTuple = [lid: string, phoneJid: string];

/** The stored identities of sessions. */
export class IdentityTable {
  constructor(private readonly database: Database) {}

  /** What is known of anybody named, in no order. No round trip for nobody. */
  async known(sessionId: string, users: readonly UserRef[]): Promise<Identity[]> {
    if (users.length === 0) return [];
    const { lids, phones } = addressesOf(users);
    const rows = await this.database.tuples<KnownTuple>(KNOWN, [sessionId, lids, phones]);
    return rows.map(([lid, phoneJid]) => ({ lid, phoneJid }));
  }

  /** In a transaction of its own. `false`: the session is deleted. */
  async write(sessionId: string, changes: IdentityChanges): Promise<boolean> {
    return (await this.database.rows(LEARN, [sessionId, ...identityValuesOf(changes)])).length > 0;
  }
}

export function addressesOf(users: readonly UserRef[]): { lids: string[]; phones: string[] } {
  return { lids: users.flatMap(({ lid }) => lid ?? []), phones: users.flatMap(({ phoneJid }) => phoneJid ?? []) };
}

/** LIDs to forget, then LIDs and phone JIDs to add. */
export function identityValuesOf({ removed, added }: IdentityChanges): string[][] {
  return [removed, added.map(({ lid }) => lid), added.map(({ phoneJid }) => phoneJid)];
}
