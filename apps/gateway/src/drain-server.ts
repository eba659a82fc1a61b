import type { Server } from 'node:http';
import { closeUpgraded } from '#http';

/** How often connections that have become idle are looked for. */
const SWEEP_MS = 50;

/**
 * Stops accepting, lets the requests in flight finish, and resolves when the last connection is gone. Whatever is still
 * going on after `deadlineMs` is cut off.
 */
export function drainServer(server: Server, deadlineMs: number): Promise<void> {
  return new Promise((resolve) => {
    const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
    const deadline = setTimeout(() => {
      server.closeAllConnections();
      closeUpgraded(server);
    }, deadlineMs);
    // Its error says that the server was not listening: then there is nothing to wait for.
    server.close(() => {
      clearInterval(sweep);
      clearTimeout(deadline);
      resolve();
    });
    server.closeIdleConnections();
  });
}
