import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Principal } from '#auth';
import type { SessionLeases, SessionRecord, SessionRepository, SessionStatePatch } from '#store';
import type { CredentialStore } from '#whatsapp';
import { KnownLimits } from './limits/index.js';
import { LinkingService } from './linking.service.js';
import { SessionObservers } from './session-observer.js';
import { SessionRegistry } from './session-registry.js';
import { SessionStates } from './session-states.js';
import { ScriptedConnector } from './spec-support/scripted-connector.js';

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
  let connector: ScriptedConnector;
  let registry: SessionRegistry;
  let linking: LinkingService;

  beforeEach(async () => {
    stored = new SlowSession();
    connector = new ScriptedConnector();
    const sessions = stored as unknown as SessionRepository;
    const credentials = {} as CredentialStore;
    const leases = { claim: () => Promise.resolve([{ sessionId: 's', fence: 1 }]) } as unknown as SessionLeases;
    const states = new SessionStates(sessions);
    registry = new SessionRegistry(
      sessions,
      states,
      connector,
      credentials,
      leases,
      new SessionObservers(),
      new KnownLimits(),
    );
    linking = new LinkingService(sessions, registry);
    await registry.start(SESSION);
  });

  afterEach(() => registry.beforeApplicationShutdown());

  it('is shown once the session is seen to wait for the scan', async () => {
    const code = { code: 'QR', expiresAt: Date.now() + 60_000 };
    connector.connections[0]?.listener.qr(code);
    expect(await linking.qr(CALLER, 's', {})).toEqual(code);
    expect(stored.row).toMatchObject({ status: 'scan_qr_code' });
  });
});
