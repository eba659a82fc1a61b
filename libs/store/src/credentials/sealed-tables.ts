import type { Database } from '../database.js';
import { outcomePlace } from '../idempotency/outcome-place.js';
import { SealedTable, type SealedTableShape } from './sealed-table.js';

const NOTHING = Buffer.alloc(0);

const CREDENTIALS: SealedTableShape = {
  table: 'session_credentials',
  name: 'credentials of sessions',
  value: 'value',
  key: [
    { column: 'session_id', type: 'text', lowest: '' },
    { column: 'kind', type: 'text', lowest: '' },
    { column: 'id', type: 'text', lowest: '' },
  ],
  placeOf: (sessionId, [, kind, id]) => ({ sessionId, kind: kind as string, id: id as string }),
};

const OUTCOMES: SealedTableShape = {
  table: 'idempotency_keys',
  name: 'outcomes of requests',
  value: 'outcome',
  key: [
    { column: 'organization_id', type: 'text', lowest: '' },
    { column: 'route_hash', type: 'bytea', lowest: NOTHING },
    { column: 'key', type: 'text', lowest: '' },
  ],
  placeOf: (sessionId, [organizationId, routeHash, key]) =>
    outcomePlace(sessionId, organizationId as string, routeHash as Buffer, key as string),
};

/** Everything that is encrypted under the credentials key. */
export function sealedTables(database: Database): SealedTable[] {
  return [CREDENTIALS, OUTCOMES].map((shape) => new SealedTable(database, shape));
}
