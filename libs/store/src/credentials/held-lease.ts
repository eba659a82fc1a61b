/**
 * For statements that change credentials under a lease ($1: session, $2: its fence): `owner` is empty when the session is
 * gone, `held` when somebody was given a newer lease.
 *
 * The session's row is locked first, as its deletion does: the two never wait for each other in a circle. Then that of
 * its lease: whoever claims the session waits for a write under way, and a write that waited for a claim finds another
 * fence and does nothing.
 */
export const HELD = `
    owner as (
      select id from sessions where id = $1 for key share
    ), held as (
      select owner.id from owner join session_leases l on l.session_id = owner.id where l.fence = $2 for share of l
    )`;
