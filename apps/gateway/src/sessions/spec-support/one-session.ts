import type { SessionRecord, SessionStatePatch } from '#store';
import { ACCOUNT } from './scripted-connector.js';

export const SESSION = {
  id: 's',
  organizationId: 'o',
  desired: 'stopped',
  status: 'stopped',
  ratePerMin: 100,
  ratePerHour: 1_000,
  ...ACCOUNT,
} as SessionRecord;

/** One row, in a database that can be away. */
export class OneSession {
  row?: SessionRecord = { ...SESSION };
  failures = 0;
  takesNoWrites = false;

  async updateState(_: string, patch: SessionStatePatch): Promise<SessionRecord | undefined> {
    await Promise.resolve();
    if (this.takesNoWrites || this.failures-- > 0) throw new Error('away');
    if (!this.row) return undefined;
    const changes = Object.entries(patch).map(([name, value]: [string, unknown]) => [name, value ?? undefined]);
    this.row = { ...this.row, ...(Object.fromEntries(changes) as Partial<SessionRecord>) };
    return this.row;
  }

  stateOf(_: string): Promise<SessionRecord | undefined> {
    return Promise.resolve(this.row);
  }

  listRunning(): Promise<SessionRecord[]> {
    if (this.failures-- > 0) return Promise.reject(new Error('away'));
    return Promise.resolve(this.row?.desired === 'running' ? [this.row] : []);
  }

  settleStopped(): Promise<void> {
    return Promise.resolve();
  }

  delete(): Promise<void> {
    this.row = undefined;
    return Promise.resolve();
  }
}
