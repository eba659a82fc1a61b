import { Logger } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { NotFoundError } from '#errors';
import type { SessionLeases, SessionRecord, SessionRepository, SessionStatePatch } from '#store';
import type { CredentialStore } from '#whatsapp';
import { KnownLimits } from './limits/index.js';
import { SessionObservers } from './session-observer.js';
import { SessionRegistry } from './session-registry.js';
import { SessionStates } from './session-states.js';
import { ACCOUNT, ScriptedConnector } from './spec-support/scripted-connector.js';

const SESSION = {
  id: 's',
  organizationId: 'o',
  status: 'working',
  ratePerMin: 100,
  ratePerHour: 1_000,
  ...ACCOUNT,
} as SessionRecord;

/** One row, in a database that can be away. */
class OneSession {
  row?: SessionRecord = { ...SESSION };
  failures = 0;

  updateState(_: string, patch: SessionStatePatch): Promise<SessionRecord | undefined> {
    if (this.failures-- > 0) return Promise.reject(new Error('away'));
    if (!this.row) return Promise.resolve(undefined);
    const changes = Object.entries(patch).map(([name, value]: [string, unknown]) => [name, value ?? undefined]);
    this.row = { ...this.row, ...(Object.fromEntries(changes) as Partial<SessionRecord>) };
    return Promise.resolve(this.row);
  }

  delete(): Promise<void> {
    this.row = undefined;
    return Promise.resolve();
  }
}

let stored: OneSession;
let connector: ScriptedConnector;
let clearing: () => Promise<void>;
let limits: KnownLimits;
let registry: SessionRegistry;

// The failures here are wanted.
beforeAll(() => {
  Logger.overrideLogger(false);
});
afterAll(() => {
  Logger.overrideLogger(['error', 'warn']);
});

beforeEach(() => {
  stored = new OneSession();
  connector = new ScriptedConnector();
  clearing = () => Promise.resolve();
  const sessions = stored as unknown as SessionRepository;
  const credentials = { clear: () => clearing() } as unknown as CredentialStore;
  const claim = () => Promise.resolve(stored.row ? [{ sessionId: 's', fence: 1 }] : []);
  const leases = { claim } as unknown as SessionLeases;
  const states = new SessionStates(sessions);
  limits = new KnownLimits();
  registry = new SessionRegistry(sessions, states, connector, credentials, leases, new SessionObservers(), limits);
});

afterEach(() => registry.beforeApplicationShutdown());

async function running(): Promise<void> {
  await registry.start(SESSION);
  await new Promise(setImmediate);
  connector.connections[0]?.open();
}

describe('what is asked of one session at once', () => {
  it('a start after a deletion is 404, and connects nothing', async () => {
    const deleted = registry.delete(SESSION);
    await expect(registry.start(SESSION)).rejects.toThrow(NotFoundError);
    await expect(registry.restart(SESSION)).rejects.toThrow(NotFoundError);
    await deleted;
    expect(registry.runner('s')).toBeUndefined();
    expect(connector.connections).toEqual([]);
  });

  it('a start after a logout does not take the session for linked (pain 19)', async () => {
    await running();
    const loggedOut = registry.logout(SESSION);
    const runner = await registry.start(SESSION);
    await loggedOut;
    expect(runner.isPaired).toBe(false);
  });

  it('a stop while it connects leaves no connection behind', async () => {
    await Promise.all([registry.start(SESSION), registry.stop(SESSION)]);
    await new Promise(setImmediate);
    expect(connector.connections.filter(({ isClosed }) => !isClosed)).toEqual([]);
    expect(stored.row).toMatchObject({ desired: 'stopped', status: 'stopped' });
  });
});

describe('the limits of a session', () => {
  it('outlive its connections, and end with it', async () => {
    await running();
    const before = limits.find('s');
    expect(before).toBeDefined();
    await registry.stop(SESSION);
    await registry.start(SESSION);
    expect(limits.find('s')).toBe(before);
    await registry.delete(SESSION);
    expect(limits.find('s')).toBeUndefined();
  });

  it('are at once those that are stored', async () => {
    await running();
    const used = jest.spyOn(limits, 'of');
    registry.for({ ...SESSION, ratePerMin: 7 });
    expect(used).toHaveBeenCalledWith(expect.objectContaining({ ratePerMin: 7 }));
  });
});

describe('a session that ends while the database is away', () => {
  it('is shown as stopped all the same once it is back (pain 21)', async () => {
    await running();
    stored.failures = 1;
    await registry.stop(SESSION);
    expect(stored.row).toMatchObject({ desired: 'stopped', status: 'stopped' });
  });

  it('is shown as logged out although its credentials could not be removed (pain 22)', async () => {
    await running();
    clearing = () => Promise.reject(new Error('away'));
    await expect(registry.logout(SESSION)).rejects.toThrow('away');
    expect(stored.row).toMatchObject({ desired: 'stopped', status: 'logged_out' });
    expect(stored.row?.waJid).toBeUndefined();
  });
});
