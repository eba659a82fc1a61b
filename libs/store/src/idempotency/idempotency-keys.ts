import { NotFoundError } from '#errors';
import { Injectable } from '@nestjs/common';
import { CredentialsCipher } from '../credentials/credentials-cipher.js';
import { CredentialsKeyRing } from '../credentials/credentials-key-ring.js';
import { Database, type Statement } from '../database.js';
import { newId } from '../new-id.js';
import type { Claim, Claimed, KeyedRequest } from './idempotency.record.js';
import { outcomePlace } from './outcome-place.js';

/** How long an outcome is kept. */
const KEPT_MS = 24 * 60 * 60 * 1_000;

/** Several processes share the deadlines: one clock for all of them. */
const NOW = '(extract(epoch from clock_timestamp()) * 1000)::bigint';

/**
 * Session and claim at once. By id before by label, as sessions are found: a label may look like the id of another one.
 * The row comes back whoever holds it; it is the caller's when the claim's id is. An expired row is as good as none. One
 * that nobody works on any more goes to whoever asks first, to be resolved.
 */
const CLAIM: Statement = {
  name: 'idempotency.claim',
  text: `
    with session as (
      select id from sessions
      where organization_id = $1 and (id = $2 or ($3 and label = $2)) and ($4::text[] is null or id = any ($4))
      order by id = $2 desc limit 1
    ), clock as (
      select ${NOW} as now
    )
    insert into idempotency_keys as k
      (organization_id, route_hash, key, session_id, request_hash, claim_id, state, deadline, expires_at)
    select $1, $5, $6, session.id, $7, $8, 'running', now + $9, now + $10 from session, clock
    on conflict (organization_id, route_hash, key) do update set
      (session_id, request_hash, claim_id, state, deadline, expires_at, key_id, outcome) = (
        select
          case when expired then excluded.session_id else k.session_id end,
          case when expired then excluded.request_hash else k.request_hash end,
          case when expired or taken then excluded.claim_id else k.claim_id end,
          case when expired then 'running' when taken then 'resolving' else k.state end,
          case when expired or taken then excluded.deadline else k.deadline end,
          case when expired then excluded.expires_at else k.expires_at end,
          case when expired then null else k.key_id end,
          case when expired then null else k.outcome end
        from (
          select
            k.expires_at <= ${NOW} as expired,
            k.state <> 'done' and k.deadline <= ${NOW} and k.request_hash = excluded.request_hash as taken
        ) as fate
      )
    returning session_id, request_hash, claim_id, state, deadline - ${NOW} as remaining, key_id, outcome`,
};

const MINE = 'organization_id = $1 and route_hash = $2 and key = $3 and claim_id = $4';

const PROLONG: Statement = {
  name: 'idempotency.prolong',
  text: `update idempotency_keys set deadline = ${NOW} + $5 where ${MINE} and state <> 'done'`,
};
const FINISH: Statement = {
  name: 'idempotency.finish',
  text: `update idempotency_keys set state = 'done', key_id = $5, outcome = $6 where ${MINE} and state <> 'done'`,
};
const LEAVE: Statement = {
  name: 'idempotency.leave',
  text: `update idempotency_keys set deadline = ${NOW} where ${MINE} and state <> 'done'`,
};
const RELEASE: Statement = {
  name: 'idempotency.release',
  text: `delete from idempotency_keys where ${MINE} and state = 'running'`,
};
const PURGE: Statement = {
  name: 'idempotency.purge',
  text: `
    delete from idempotency_keys where (organization_id, route_hash, key) in (
      select organization_id, route_hash, key from idempotency_keys
      where expires_at <= ${NOW} order by expires_at limit $1 for update skip locked
    ) returning 1`,
};

interface ClaimRow {
  session_id: string;
  request_hash: Buffer;
  claim_id: string;
  state: 'running' | 'resolving' | 'done';
  remaining: number;
  key_id: string | null;
  outcome: Buffer | null;
}

/** What became of the requests that carried an idempotency key, for a day. Outcomes are encrypted. */
@Injectable()
export class IdempotencyKeys {
  private readonly cipher: CredentialsCipher;

  constructor(
    private readonly database: Database,
    keys: CredentialsKeyRing,
  ) {
    this.cipher = new CredentialsCipher(keys);
  }

  /**
   * One round trip, and atomic: of any number of requests with one key at most one is `first`, and of any number that
   * come after it died at most one is `unresolved`. Throws `NotFoundError('session')` for a session that is not the
   * caller's, and `CredentialsUnreadableError` when the key that sealed the outcome is gone.
   */
  async claim(request: KeyedRequest): Promise<Claimed> {
    const { scope, session, byLabel, routeHash, key, requestHash, leaseMs } = request;
    const { organizationId, sessionIds } = scope;
    // PostgreSQL has no text with NUL in it.
    if (session.includes('\0')) throw new NotFoundError('session');
    const id = newId();
    const whose = [organizationId, session, byLabel, sessionIds ?? null];
    const values = [...whose, routeHash, key, requestHash, id, leaseMs, KEPT_MS];
    const [row] = await this.database.rows<ClaimRow>(CLAIM, values);
    if (!row) throw new NotFoundError('session');
    if (row.claim_id === id) {
      const claim = { organizationId, routeHash, key, sessionId: row.session_id, id, leaseMs };
      return { status: row.state === 'running' ? 'first' : 'unresolved', claim };
    }
    if (!row.request_hash.equals(requestHash)) return { status: 'reused' };
    if (row.outcome === null || row.key_id === null) return { status: 'running', remainingMs: row.remaining };
    const sealed = { keyId: row.key_id, value: row.outcome };
    return {
      status: 'done',
      outcome: this.cipher.open(outcomePlace(row.session_id, organizationId, routeHash, key), sealed),
    };
  }

  /** The owner lives: its deadline is a lease from now. */
  async prolong(claim: Claim): Promise<void> {
    await this.database.rows(PROLONG, [...mine(claim), claim.leaseMs]);
  }

  /** What replays are answered from now on; the first outcome that is stored stays. */
  async finish(claim: Claim, outcome: Uint8Array): Promise<void> {
    const { organizationId, routeHash, key, sessionId } = claim;
    const { keyId, value } = this.cipher.seal(outcomePlace(sessionId, organizationId, routeHash, key), outcome);
    await this.database.rows(FINISH, [...mine(claim), keyId, value]);
  }

  /** Nobody knows what came of it: the next replay is to find out, without waiting for the deadline. */
  async leave(claim: Claim): Promise<void> {
    await this.database.rows(LEAVE, mine(claim));
  }

  /** Nothing was done: the key is free again. */
  async release(claim: Claim): Promise<void> {
    await this.database.rows(RELEASE, mine(claim));
  }

  /** Removes at most `most` expired rows; says how many. */
  async purge(most: number): Promise<number> {
    return (await this.database.rows(PURGE, [most])).length;
  }
}

function mine({ organizationId, routeHash, key, id }: Claim): unknown[] {
  return [organizationId, routeHash, key, id];
}
