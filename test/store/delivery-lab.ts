import pg from 'pg';
import {
  DeliveryFanOut,
  DeliveryLanes,
  DeliveryOutcomes,
  DeliveryRepository,
  DeliveryWork,
  type DeliveryOutcome,
  type DeliveryRecord,
  type DueDelivery,
  type LaneClaim,
  type LaneWork,
  type TenantScope,
} from '#store';
import { insertEvents, insertWebhook, type EventRowDraft, type WebhookRow } from '../support/webhook-rows.js';
import { openStore, OURS, type Store } from './open-store.js';

export const LONG_MS = 60_000;
export const ME = { name: 'me' };
export const NOTHING: LaneWork = { first: [], again: [], discarded: 0 };
export const DELIVERED = { status: 'delivered' } as const;
export const DEAD = { status: 'dead' } as const;
/** For `set`. */
export const DIED = "status = 'dead', attempts = 15";
export const again = (delayMs: number) => ({ status: 'again', delayMs }) as const;

/** A delivery, as it is in the table. */
export interface Row {
  id: string;
  webhook_id: string;
  lane: number;
  event_id: string;
  status: string;
  attempts: number;
}

/** Of many deliveries; texts are SQL, in which `n` counts them from 1. */
export interface Crowd {
  sessionId?: string;
  event?: string;
  status?: string;
  /** The first character of their ids, by which they are in the list. */
  prefix?: string;
}

/** A store with webhooks and what is to be delivered to them, and another connection beside it. */
export class DeliveryLab {
  readonly fanOut: DeliveryFanOut;
  readonly lanes: DeliveryLanes;
  readonly work: DeliveryWork;
  readonly outcomes: DeliveryOutcomes;
  readonly deliveries: DeliveryRepository;

  private constructor(
    readonly store: Store,
    readonly client: pg.Client,
  ) {
    this.fanOut = new DeliveryFanOut(store.database);
    this.lanes = new DeliveryLanes(store.database);
    this.work = new DeliveryWork(store.database);
    this.outcomes = new DeliveryOutcomes(store.database);
    this.deliveries = new DeliveryRepository(store.database);
  }

  static async start(): Promise<DeliveryLab> {
    const store = await openStore();
    const client = new pg.Client({ connectionString: store.url });
    await client.connect();
    return new DeliveryLab(store, client);
  }

  async stop(): Promise<void> {
    await this.client.end();
    await this.store.close();
  }

  /** For `beforeEach`. */
  async clear(): Promise<void> {
    await this.client.query('delete from webhooks; delete from events; delete from sessions');
  }

  webhook(row?: WebhookRow): Promise<string> {
    return insertWebhook(this.client, row);
  }

  events(...drafts: EventRowDraft[]): Promise<string[]> {
    return insertEvents(this.client, ...drafts);
  }

  /** Other tests' transactions on the same server may be older than ours. */
  async handOutAll(): Promise<void> {
    for (;;) {
      const { events, isHeldBack } = await this.fanOut.handOut(500);
      if (events === 0 && !isHeldBack) return;
    }
  }

  /** Events of these, handed out to all webhooks. Gives the events' ids. */
  async happen(...drafts: EventRowDraft[]): Promise<string[]> {
    const ids = await this.events(...drafts);
    await this.handOutAll();
    return ids;
  }

  /** Deliveries that nobody handed out, each of an event of its own. */
  async crowd(webhookId: string, count: number, crowd: Crowd): Promise<void> {
    const { sessionId = 'a', event = "'auth.qr'", status = "'pending'", prefix = '0' } = crowd;
    await this.client.query(
      `with made as (
         insert into events (transaction_id, id, organization_id, session_id, event, payload, created_at)
         select 1, 'evt_' || n, 'ours', $3, ${event}, '{}', 0 from generate_series(1, $2::integer) as n
         returning transaction_id, position, substr(id, 5)::integer as n
       )
       insert into webhook_deliveries (id, webhook_id, lane, event_transaction_id, event_position, status, due_at, created_at)
       select 'dlv_${prefix}' || lpad(n::text, 25, '0'), $1, 0, transaction_id, position, ${status}, now(), now() from made`,
      [webhookId, count, sessionId],
    );
  }

  /** Oldest first. */
  async rows(): Promise<Row[]> {
    const { rows } = await this.client.query<Row>(
      `select d.id, d.webhook_id, d.lane, d.status, d.attempts, e.id as event_id from webhook_deliveries d
       join events e on (e.transaction_id, e.position) = (d.event_transaction_id, d.event_position) order by d.id`,
    );
    return rows;
  }

  async eventsOf(webhookId: string): Promise<string[]> {
    return (await this.rows()).filter((row) => row.webhook_id === webhookId).map((row) => row.event_id);
  }

  /** `columns`: assignments in SQL. */
  async set(eventId: string, columns: string): Promise<void> {
    await this.client.query(
      `update webhook_deliveries d set ${columns} from events e
       where (e.transaction_id, e.position) = (d.event_transaction_id, d.event_position) and e.id = $1`,
      [eventId],
    );
  }

  /** Newest first, as their owner sees them. */
  async listed(webhookId: string, scope: TenantScope = OURS): Promise<DeliveryRecord[]> {
    return (await this.deliveries.list(scope, webhookId, {})).data;
  }

  async only(webhookId: string): Promise<DeliveryRecord> {
    const [delivery, ...others] = await this.listed(webhookId);
    if (!delivery || others.length > 0) throw new Error('there is not one delivery');
    return delivery;
  }

  /** The one lane in which something is due. */
  async claimOne(ttlMs = LONG_MS): Promise<LaneClaim> {
    const { claims } = await this.lanes.claimDue(ME, ttlMs, 100);
    const [claim] = claims;
    if (!claim || claims.length > 1) throw new Error(`${claims.length} lanes were claimed`);
    return claim;
  }

  /** Another connection. Whoever asks for it ends it. */
  async connection(): Promise<pg.Client> {
    const connection = new pg.Client({ connectionString: this.store.url });
    await connection.connect();
    return connection;
  }
}

export const eventsIn = (found: readonly DeliveryRecord[]): string[] => found.map(({ eventId }) => eventId);
export const eventsDue = (found: readonly DueDelivery[]): string[] => found.map(({ event }) => event.id);

export function outcome(
  claim: LaneClaim,
  { id, attempts }: DueDelivery,
  result: DeliveryOutcome['result'],
  more: Partial<DeliveryOutcome> = {},
): DeliveryOutcome {
  return { claim, deliveryId: id, attempts, result, latencyMs: 5, ...more };
}
