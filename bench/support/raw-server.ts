import { createServer, type ServerResponse } from 'node:http';
import pg from 'pg';
import type { Statement } from '#store';

/**
 * The least that can answer with the members of a group: `node:http` and `pg`, one query, the rows in the API's shape.
 * No routes, no credentials, no validation, no log.
 */
export interface RawServerParameters {
  port: number;
  databaseUrl: string;
  poolSize: number;
  /** As for every connection of the gateway. */
  databaseOptions: string;
  statement: Statement;
  values: unknown[];
  sessionId: string;
  groupJid: string;
}

interface Row {
  id: string;
  phone_jid: string | null;
  lid: string | null;
  role: string;
  tag: string | null;
  first_seen_at: number;
  last_seen_at: number;
}

type Parser = (text: string) => unknown;

const INT8 = 20;

const parameters = JSON.parse(process.argv[2] ?? '') as RawServerParameters;
const { statement, values, sessionId, groupJid } = parameters;
const pool = new pg.Pool({
  connectionString: parameters.databaseUrl,
  max: parameters.poolSize,
  options: parameters.databaseOptions,
  types: {
    getTypeParser: (oid, format) => (Number(oid) === INT8 ? Number : (pg.types.getTypeParser(oid, format) as Parser)),
  },
});

async function answer(response: ServerResponse): Promise<void> {
  const { rows } = await pool.query<Row>({ ...statement, values });
  const body = JSON.stringify({ data: rows.map(member), nextCursor: '' });
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }).end(body);
}

function member(row: Row): object {
  return {
    id: row.id,
    sessionId,
    groupJid,
    jid: row.phone_jid ?? row.lid,
    lid: row.lid ?? undefined,
    phoneNumber: row.phone_jid?.slice(0, row.phone_jid.indexOf('@')),
    role: row.role === 'member' ? 'member' : 'admin',
    isSuperAdmin: row.role === 'superadmin',
    tag: row.tag ?? undefined,
    firstSeenAt: row.first_seen_at,
    lastSeenAt: row.last_seen_at,
  };
}

createServer((_, response) => {
  answer(response).catch((error: unknown) => response.writeHead(500).end(String(error)));
}).listen(parameters.port, '127.0.0.1');
