import { Injectable, Logger, type OnApplicationBootstrap, type BeforeApplicationShutdown } from '@nestjs/common';
import { NotFoundError } from '#errors';
import { SessionLeases, SessionRepository, type SessionRecord, type SessionStatePatch } from '#store';
import {
  CredentialStore,
  SessionNotConnectedError,
  WhatsAppClients,
  WhatsAppConnector,
  type AccountIdentity,
  type HeldLease,
  type LiveSession,
  type WhatsAppClient,
} from '#whatsapp';
import { KnownLimits } from './limits/index.js';
import { SessionObservers } from './session-observer.js';
import { SessionRunner, type Ending } from './session-runner.js';
import { SessionStates } from './session-states.js';
import { Turns } from './turns.js';

/** How long a session that is down may take to come up, only to be unlinked. */
const UNLINK_DEADLINE_MS = 8_000;

const STOPPED: SessionStatePatch = { desired: 'stopped', status: 'stopped', statusReason: null, nextRetryAt: null };
const LOGGED_OUT: SessionStatePatch = {
  desired: 'stopped',
  status: 'logged_out',
  statusReason: 'logout',
  nextRetryAt: null,
  waJid: null,
  waLid: null,
  phoneNumber: null,
};
const STARTING: SessionStatePatch = { status: 'starting', statusReason: null, nextRetryAt: null };

/**
 * The sessions that run in this process. What is done to one session is done one after the other: two starts make one
 * connection, a stop waits for the start before it.
 */
@Injectable()
export class SessionRegistry extends WhatsAppClients implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('Session');
  private readonly runners = new Map<string, SessionRunner>();
  private readonly queues = new Map<string, Promise<unknown>>();
  private readonly turns = new Turns();
  private readonly shutdown = new AbortController();
  /** Fires when the process begins to stop. */
  readonly closing = this.shutdown.signal;

  constructor(
    private readonly sessions: SessionRepository,
    private readonly states: SessionStates,
    private readonly connector: WhatsAppConnector,
    private readonly credentials: CredentialStore,
    private readonly leases: SessionLeases,
    private readonly observers: SessionObservers,
    private readonly limits: KnownLimits,
  ) {
    super();
  }

  /** Every session that was meant to run when the last process ended comes back by itself. */
  async onApplicationBootstrap(): Promise<void> {
    await this.sessions.settleStopped();
    const sessions = await this.sessions.listRunning();
    const leases = await this.claim(sessions.map(({ id }) => id));
    for (const session of sessions) {
      const lease = leases.get(session.id);
      if (!lease) continue;
      void this.states.save(session.id, { ...STARTING, statusReason: 'reconnecting' });
      this.run(session, lease);
    }
  }

  /** Whoever waits for a session stops waiting. Sessions stay connected for the requests that are still under way. */
  beginShutdown(): void {
    this.shutdown.abort();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.beginShutdown();
    await Promise.all([...this.runners.values()].map((runner) => runner.stop()));
    await this.states.close();
  }

  for(session: LiveSession): WhatsAppClient {
    const runner = this.runners.get(session.id);
    if (!runner) throw new SessionNotConnectedError(session.status);
    const { client } = runner;
    // Rates that were changed a moment ago hold for what is sent now.
    this.limits.of(session);
    return client;
  }

  runner(sessionId: string): SessionRunner | undefined {
    return this.runners.get(sessionId);
  }

  /** Resolves once what the session was seen to be until now is what everybody reads of it. */
  seen(sessionId: string): Promise<void> {
    return this.states.store(sessionId, {});
  }

  /**
   * Resolves once the session is meant to run and this is stored, not once it is connected. `NotFoundError` when it was
   * deleted meanwhile.
   */
  start(session: SessionRecord): Promise<SessionRunner> {
    return this.exclusive(session.id, () => this.begin(session));
  }

  stop(session: SessionRecord): Promise<void> {
    return this.exclusive(session.id, async () => {
      await this.end(session.id);
      await this.states.store(session.id, STOPPED);
    });
  }

  restart(session: SessionRecord): Promise<SessionRunner> {
    return this.exclusive(session.id, async () => {
      const wanted = await this.want(session.id);
      await this.end(session.id);
      void this.states.save(session.id, STARTING);
      return this.run(wanted, await this.claimOne(session.id));
    });
  }

  /** Unlinks the device (where WhatsApp can be reached in time) and forgets its credentials. */
  logout(session: SessionRecord): Promise<void> {
    return this.exclusive(session.id, () => this.unlink(session));
  }

  /** As `logout`, and the session is gone with all that is stored of it. */
  delete(session: SessionRecord): Promise<void> {
    return this.exclusive(session.id, async () => {
      await this.unlink(session);
      await this.sessions.delete({ organizationId: session.organizationId }, session.id);
      this.limits.forget(session.id);
    });
  }

  private async begin(session: SessionRecord): Promise<SessionRunner> {
    return this.runners.get(session.id) ?? this.run(await this.want(session.id), await this.claimOne(session.id));
  }

  /** The session as it is now, which may have changed while this waited for its turn. */
  private async want(sessionId: string): Promise<SessionRecord> {
    await this.states.store(sessionId, {});
    const session = await this.sessions.updateState(sessionId, { desired: 'running', ...STARTING });
    if (!session) throw new NotFoundError('session');
    return session;
  }

  private async claim(sessionIds: readonly string[]): Promise<Map<string, HeldLease>> {
    const leases = await this.leases.claim(sessionIds, { name: 'gateway' }, 0);
    return new Map(leases.map((lease) => [lease.sessionId, { ...lease, isHeld: true }]));
  }

  private async claimOne(sessionId: string): Promise<HeldLease> {
    const lease = (await this.claim([sessionId])).get(sessionId);
    if (!lease) throw new NotFoundError('session');
    return lease;
  }

  private run(session: SessionRecord, lease: HeldLease): SessionRunner {
    const runner = new SessionRunner(lease, identityOf(session), {
      connector: this.connector,
      observers: this.observers,
      limits: this.limits.of(session),
      turns: this.turns,
      save: (patch) => void this.states.save(session.id, patch),
      ended: (how) => void this.ended(runner, how),
      log: (level, message, facts) =>
        this.logger[level === 'info' ? 'log' : 'warn']({ msg: message, sessionId: session.id, ...facts }),
    });
    this.runners.set(session.id, runner);
    runner.start();
    return runner;
  }

  private async ended(runner: SessionRunner, how: Ending): Promise<void> {
    if (this.runners.get(runner.sessionId) === runner) this.runners.delete(runner.sessionId);
    if (how !== 'unlinked') return;
    await this.exclusive(runner.sessionId, () => this.credentials.clear(runner.lease)).catch((error: unknown) =>
      this.logger.error({
        msg: 'credentials of an unlinked device remain stored',
        sessionId: runner.sessionId,
        err: error,
      }),
    );
  }

  private async end(sessionId: string): Promise<void> {
    const runner = this.runners.get(sessionId);
    this.runners.delete(sessionId);
    await runner?.stop();
  }

  private async unlink(session: SessionRecord): Promise<void> {
    const runner = this.runners.get(session.id) ?? (await this.runPaired(session));
    if (runner?.isPaired) {
      await this.connected(runner);
      if (runner.status === 'working') await runner.logout();
    }
    await this.end(session.id);
    // First what people see: credentials of a device that is unlinked are found out at the next login.
    await this.states.store(session.id, LOGGED_OUT);
    await this.credentials.clear(runner?.lease ?? (await this.claimOne(session.id)));
  }

  /** A device that is linked but not running must connect once more to be unlinked. */
  private async runPaired(session: SessionRecord): Promise<SessionRunner | undefined> {
    try {
      return (await this.connector.isPaired(session.id))
        ? this.run(session, await this.claimOne(session.id))
        : undefined;
    } catch (error) {
      // Credentials that nobody can read cannot unlink anything; they can still be removed.
      this.logger.warn({ msg: 'the device stays linked on the phone', sessionId: session.id, err: error });
      return undefined;
    }
  }

  private async connected(runner: SessionRunner): Promise<void> {
    const deadline = AbortSignal.timeout(UNLINK_DEADLINE_MS);
    try {
      while (runner.status !== 'working' && !runner.isOver) await runner.changed(deadline);
    } catch (error) {
      if (!deadline.aborted) throw error;
      this.logger.warn({ msg: 'the device stays linked: WhatsApp was not reached', sessionId: runner.sessionId });
    }
  }

  private exclusive<T>(sessionId: string, work: () => Promise<T>): Promise<T> {
    const before = this.queues.get(sessionId) ?? Promise.resolve();
    const result = before.then(work, work);
    const settled = result.then(
      () => undefined,
      () => undefined,
    );
    this.queues.set(sessionId, settled);
    void settled.then(() => {
      if (this.queues.get(sessionId) === settled) this.queues.delete(sessionId);
    });
    return result;
  }
}

function identityOf(session: SessionRecord): AccountIdentity | undefined {
  const { waJid, waLid, phoneNumber } = session;
  if (waJid === undefined || phoneNumber === undefined) return undefined;
  return waLid === undefined ? { waJid, phoneNumber } : { waJid, phoneNumber, waLid };
}
