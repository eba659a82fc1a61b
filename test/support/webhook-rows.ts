import { WEBHOOK_LANES, newEventId, type EventName } from '#store';
import type pg from 'pg';

export interface WebhookRow {
  id?: string;
  organizationId?: string;
  url?: string;
  events?: string[];
  sessionId?: string;
  sessionIds?: string[];
  policy?: 'exponential' | 'constant';
  delaySeconds?: number;
  attempts?: number;
  active?: boolean;
  pausedReason?: string;
}

let made = 0;

/** A webhook and its lanes, with nothing of use sealed in it. Gives its id. */
export async function insertWebhook(client: pg.Client, row: WebhookRow = {}): Promise<string> {
  const id = row.id ?? `wh_${String(++made).padStart(26, '0')}`;
  const { policy = 'exponential', delaySeconds = 2, attempts = 15, active = true } = row;
  await client.query(
    `with made as (
       insert into webhooks (id, organization_id, url, events, session_id, session_ids, header_names, key_id, sealed,
         retry_policy, retry_delay_seconds, retry_attempts, active, paused_reason, created_at, updated_at)
       values ($1, $2, $3, $4, $5, $6, '{}', 'none', '', $7, $8, $9, $10, $11, 0, 0) returning id
     )
     insert into webhook_lanes (webhook_id, lane) select id, lane from made, generate_series(0, $12 - 1) as lane`,
    [
      id,
      row.organizationId ?? 'ours',
      row.url ?? 'http://nowhere.invalid/',
      row.events ?? ['*'],
      row.sessionId ?? null,
      row.sessionIds ?? null,
      policy,
      delaySeconds,
      attempts,
      active,
      row.pausedReason ?? null,
      WEBHOOK_LANES,
    ],
  );
  return id;
}

export interface EventRowDraft {
  organizationId?: string;
  sessionId?: string | null;
  event?: EventName;
  payload?: object;
}

/** Appends events within whatever transaction the client is in. Gives their ids. */
export async function insertEvents(client: pg.Client, ...drafts: EventRowDraft[]): Promise<string[]> {
  const ids = drafts.map(() => newEventId());
  for (const [index, draft] of drafts.entries()) {
    const { organizationId = 'ours', sessionId = 'a', event = 'session.status' } = draft;
    await client.query(
      `insert into events (transaction_id, id, organization_id, session_id, event, payload, created_at)
       values (pg_current_xact_id()::text::bigint, $1, $2, $3, $4, $5, $6)`,
      [ids[index], organizationId, sessionId, event, draft.payload ?? { status: 'working' }, Date.now()],
    );
  }
  return ids;
}
