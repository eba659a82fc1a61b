import type { Database } from '../database.js';
import { outcomePlace } from '../idempotency/outcome-place.js';
import { webhookPlace } from '../webhooks/webhook-place.js';
import { sessionPlace } from './credential-place.js';
import { SealedTable, type SealedTableShape } from './sealed-table.js';

const NOTHING = Buffer.alloc(0);

const CREDENTIALS: SealedTableShape = {
  table: 'session_credentials',
  name: 'credentials of sessions',
  value: 'value',
  owner: 'session_id',
  key: [
    { column: 'session_id', type: 'text', lowest: '' },
    { column: 'kind', type: 'text', lowest: '' },
    { column: 'id', type: 'text', lowest: '' },
  ],
  placeOf: (sessionId, [, kind, id]) => sessionPlace(sessionId, kind as string, id as string),
};

const OUTCOMES: SealedTableShape = {
  table: 'idempotency_keys',
  name: 'outcomes of requests',
  value: 'outcome',
  owner: 'session_id',
  key: [
    { column: 'organization_id', type: 'text', lowest: '' },
    { column: 'route_hash', type: 'bytea', lowest: NOTHING },
    { column: 'key', type: 'text', lowest: '' },
  ],
  placeOf: (sessionId, [organizationId, routeHash, key]) =>
    outcomePlace(sessionId, organizationId as string, routeHash as Buffer, key as string),
};

const WEBHOOKS: SealedTableShape = {
  table: 'webhooks',
  name: 'secrets of webhooks',
  value: 'sealed',
  owner: 'id',
  key: [{ column: 'id', type: 'text', lowest: '' }],
  placeOf: webhookPlace,
};

/** Everything that is encrypted under the credentials key. */
export function sealedTables(database: Database): SealedTable[] {
  return [CREDENTIALS, OUTCOMES, WEBHOOKS].map((shape) => new SealedTable(database, shape));
}
