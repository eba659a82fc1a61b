import type { LockHolder } from './lock-holder.js';

/** Another gateway process uses this database. */
export class GatewayRunningError extends Error {
  constructor(readonly holder: LockHolder | undefined) {
    const who = holder
      ? `process ${holder.pid} on ${holder.host}, connected since ${new Date(holder.since).toISOString()}`
      : 'a process that cannot be named';
    super(`another gateway uses this database: ${who}. Stop it first, or give this one a database of its own.`);
    this.name = 'GatewayRunningError';
  }
}
