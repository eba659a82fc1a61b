import { HOLDER_LOCK_SPACE } from '../locks.js';

/** SQL: numbers of the holders that live. */
const LIVING = `
  select objid::bigint::integer from pg_locks
  where locktype = 'advisory' and granted and classid = ${HOLDER_LOCK_SPACE} and objsubid = 2
    and database = (select oid from pg_database where datname = current_database())`;

/**
 * SQL: holders of lanes that are gone. First who holds any, then who lives: one that came to life meanwhile is not among
 * them.
 */
export const DEAD_HOLDERS = `
  select h.holder_lock from (
    select distinct holder_lock from webhook_lanes where holder_lock is not null
  ) h where h.holder_lock not in (${LIVING})`;
