import { ConflictError } from '#errors';
import { Injectable } from '@nestjs/common';
import { Database, type Statement } from '../database.js';
import { isId, newId } from '../new-id.js';
import type { TenantScope } from '../tenant-scope.js';
import { EVENTS_CHANNEL } from '../wakeups/channels.js';
import type { EventName } from './event-payloads.js';
import { isBehind, type EventRecord, type LogPosition, type NewEvent } from './event.record.js';
import { LogSnapshot } from './log-snapshot.js';
import { EVENT_COLUMNS, toEvent, type EventRow } from './event.row.js';

/**
 * SQL: the number of the transaction that the statement runs in. It is drawn with the transaction's first write, so that
 * writers of one session have their events in the order of those: what keeps them apart has to come before.
 */
export const THIS_TRANSACTION = 'pg_current_xact_id()::text::bigint';

/**
 * SQL: the oldest transaction that has not ended. All events of lower numbers are there to be read, and no more will
 * come; of those above it one with a lower number may still commit.
 */
export const OLDEST_RUNNING = 'pg_snapshot_xmin(pg_current_snapshot())::text::bigint';

/** SQL: whether something is committed that may not be read yet. Nobody tells when the transaction ends that holds it. */
export const HELD_BACK = `coalesce((select max(transaction_id) from events) >= ${OLDEST_RUNNING}, false)`;

const APPEND: Statement = {
  name: 'events.append',
  text: `
    with appended as (
      insert into events (transaction_id, id, organization_id, session_id, event, payload, created_at)
      select ${THIS_TRANSACTION}, n.id, n.organization_id, n.session_id, n.event, n.payload::json, $6
      from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]) with ordinality
        as n (id, organization_id, session_id, event, payload, place)
      order by n.place
    )
    select pg_notify('${EVENTS_CHANNEL}', '')`,
};
/** SQL: changes whenever the server comes back without what it had not written yet; `null` until somebody sets it anew. */
const EPOCH = '(select epoch from log_epoch where id = 1)';

/** Found out once for each statement. */
const BOUND = `
    with bound as materialized (
      select ${OLDEST_RUNNING} as bound, ${HELD_BACK} as held_back, ${EPOCH} as epoch
    )
    select ${EVENT_COLUMNS}, b.bound, b.held_back, b.epoch from bound b`;
const READ: Statement = {
  name: 'events.read',
  text: `${BOUND}
    left join lateral (
      select * from events
      where (transaction_id, position) > ($1, $2) and transaction_id < b.bound
      order by transaction_id, position limit $3
    ) e on true
    order by e.transaction_id, e.position`,
};
const READ_SCOPE: Statement = {
  name: 'events.read-scope',
  text: `${BOUND}
    left join lateral (
      select * from events
      where (transaction_id, position) > ($1, $2) and transaction_id < b.bound and organization_id = $4
        and ($5::text[] is null or session_id = any ($5)) and ($6::text[] is null or event = any ($6))
      order by transaction_id, position limit $3
    ) e on true
    order by e.transaction_id, e.position`,
};
const HEAD: Statement = { name: 'events.head', text: `select ${OLDEST_RUNNING} as bound, ${EPOCH} as epoch` };
const BEGIN_EPOCH: Statement = {
  name: 'events.begin-epoch',
  text: 'insert into log_epoch (id, epoch) values (1, gen_random_uuid()) on conflict (id) do nothing',
};
const SNAPSHOT: Statement = { name: 'events.snapshot', text: 'select pg_current_snapshot()::text as snapshot' };
const FIND: Statement = {
  name: 'events.find',
  text: 'select transaction_id, position from events where id = $1 and organization_id = $2',
};

export interface EventFilter {
  scope: TenantScope;
  /** Absent: all that the scope admits. */
  sessionId?: string;
  /** Absent: all. */
  events?: readonly EventName[];
}

export interface LogPage {
  events: EventRecord[];
  /** Everything up to here has been read; where the next page starts. */
  upTo: LogPosition;
  /** Whether nothing more could be read at that moment. */
  isLast: boolean;
  /** Whether events wait for an older transaction to end. Nobody tells when it does: read again soon. */
  isHeldBack: boolean;
  /** See `LogHead`. */
  epoch: string | undefined;
}

export interface LogHead {
  /** The newest position: what is read after it has not happened yet. */
  position: LogPosition;
  /**
   * Positions of different epochs have nothing to do with each other: a server that crashes may lose the transactions of
   * its last moments that did not wait for the disk, and gives their numbers to others. `undefined`: it just came back.
   */
  epoch: string | undefined;
}

interface Bound {
  bound: number;
  held_back: boolean;
  epoch: string | null;
}

const NO_BOUND: Bound = { bound: 0, held_back: false, epoch: null };

type PageRow = Bound & (EventRow | { id: null });

/**
 * What happened, in an order that never changes once it was read: by transaction, then by position in it. A reader sees
 * nothing of a transaction before every older one has ended, so that whoever remembers a position misses nothing that
 * commits late.
 */
@Injectable()
export class EventLog {
  constructor(private readonly database: Database) {}

  /** In a transaction of its own, for what no other stored change tells of. */
  async append(events: readonly NewEvent[]): Promise<void> {
    if (events.length === 0) return;
    await this.database.rows(APPEND, [
      events.map(() => newEventId()),
      events.map(({ organizationId }) => organizationId),
      events.map(({ sessionId }) => sessionId ?? null),
      events.map(({ event }) => event),
      events.map(({ payload }) => JSON.stringify(payload)),
      Date.now(),
    ]);
  }

  /** What follows `after`, oldest first; of everybody without a filter. */
  async read(after: LogPosition, limit: number, filter?: EventFilter): Promise<LogPage> {
    const values: unknown[] = [after.transaction, after.position, limit];
    const rows = filter
      ? await this.database.rows<PageRow>(READ_SCOPE, [...values, ...valuesOf(filter)])
      : await this.database.rows<PageRow>(READ, values);
    const events = rows.flatMap((row) => (row.id === null ? [] : toEvent(row)));
    const last = events.at(-1);
    const isLast = events.length < limit;
    const [{ bound, held_back: isHeldBack, epoch } = NO_BOUND] = rows;
    const end = { transaction: bound, position: 0 };
    const upTo = isLast || !last ? end : last.position;
    return { events, upTo: isBehind(upTo, after) ? after : upTo, isLast, isHeldBack, epoch: epoch ?? undefined };
  }

  /** Begins an epoch where there is none. */
  async head(): Promise<LogHead> {
    let [row] = await this.database.rows<Bound>(HEAD, []);
    if (!row?.epoch) {
      await this.database.rows(BEGIN_EPOCH, []);
      [row] = await this.database.rows<Bound>(HEAD, []);
    }
    return { position: { transaction: row?.bound ?? 0, position: 0 }, epoch: row?.epoch ?? undefined };
  }

  /** What is in the log already, for who wants only what is not. */
  async snapshot(): Promise<LogSnapshot> {
    const [row] = await this.database.rows<{ snapshot: string }>(SNAPSHOT, []);
    return LogSnapshot.parse(row?.snapshot ?? '');
  }

  /** Throws `ConflictError` (`events_expired`) when the log of the organization holds no such event (any longer). */
  async positionOf(organizationId: string, eventId: string): Promise<LogPosition> {
    const [row] = isEventId(eventId) ? await this.database.rows<EventRow>(FIND, [eventId, organizationId]) : [];
    if (!row) {
      throw new ConflictError(
        'events_expired',
        'the event is no longer in the log: read what you need anew, then follow without it',
      );
    }
    return { transaction: row.transaction_id, position: row.position };
  }
}

export function newEventId(): string {
  return `evt_${newId()}`;
}

function isEventId(id: string): boolean {
  return id.startsWith('evt_') && isId(id.slice('evt_'.length));
}

function valuesOf({ scope, sessionId, events }: EventFilter): unknown[] {
  const admitted = scope.sessionIds;
  const sessions = sessionId === undefined ? admitted : admitted && !admitted.includes(sessionId) ? [] : [sessionId];
  return [scope.organizationId, sessions ?? null, events ?? null];
}
