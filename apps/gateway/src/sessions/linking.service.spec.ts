import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Principal } from '#auth';
import type { SessionRecord, SessionRepository, SessionStatePatch } from '#store';
import { LinkingService } from './linking.service.js';
import { Supervised } from './spec-support/supervised.js';

const CALLER = { scope: { organizationId: 'o' } } as Principal;
const SESSION = {
  id: 's',
  organizationId: 'o',
  status: 'stopped',
  ratePerMin: 100,
  ratePerHour: 1_000,
} as SessionRecord;

/** One row, in a database that takes its time to write. */
class SlowSession {
  row = SESSION;

  get(): Promise<SessionRecord> {
    return Promise.resolve(this.row);
  }

  async updateState(_: string, patch: SessionStatePatch): Promise<SessionRecord> {
    await new Promise(setImmediate);
    this.row = { ...this.row, ...patch } as SessionRecord;
    return this.row;
  }
}

describe('the code of a session', () => {
  let stored: SlowSession;
  let life: Supervised;
  let linking: LinkingService;

  beforeEach(async () => {
    stored = new SlowSession();
    const sessions = stored as unknown as SessionRepository;
    life = new Supervised({ sessions });
    linking = new LinkingService(sessions, life.registry, life.supervisor);
    await life.supervisor.start(SESSION);
  });

  afterEach(() => life.stop());

  it('is shown once the session is seen to wait for the scan', async () => {
    const code = { code: 'QR', expiresAt: Date.now() + 60_000 };
    life.connector.connections[0]?.listener.qr(code);
    expect(await linking.qr(CALLER, 's', {})).toEqual(code);
    expect(stored.row).toMatchObject({ status: 'scan_qr_code' });
  });
});
