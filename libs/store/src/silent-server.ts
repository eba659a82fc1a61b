import type { Socket } from 'node:net';
import type pg from 'pg';

/** What pg's clients are, beyond what its types tell. */
type InnerClient = pg.Client & { readyForQuery: boolean };

/**
 * Breaks the connection when the server has not sent a byte for `timeoutMs` while a statement was under way: that
 * statement fails, and the pool makes another connection.
 *
 * pg's own `query_timeout` is a timer for each query, and such a timer keeps the rows of its query from being collected
 * early: reading 100 rows cost a seventh more. A socket has one timer, which activity only resets.
 */
export function breakWhenSilent(client: pg.ClientBase, timeoutMs: number): void {
  const inner = client as InnerClient;
  const socket = inner.connection.stream as Socket;
  socket.setTimeout(timeoutMs, () => {
    if (inner.readyForQuery) return;
    socket.destroy(Object.assign(new Error(`the database said nothing for ${timeoutMs} ms`), { code: 'ETIMEDOUT' }));
  });
}
