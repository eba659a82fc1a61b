import { Injectable, Logger } from '@nestjs/common';
import { LeaseKeeper } from '#cluster';
import { NotFoundError } from '#errors';
import { CredentialsUnreadableError, CredentialStore, LeaseLostError, WhatsAppConnector } from '#whatsapp';
import { SessionRepository, type SessionRecord, type SessionStatePatch } from '#store';
import { KnownLimits } from './limits/index.js';
import { SessionLauncher } from './session-launcher.js';
import { SessionRegistry } from './session-registry.js';
import type { SessionRunner } from './session-runner.js';
import { SessionStates } from './session-states.js';
import { SessionSupervisor } from './session-supervisor.js';

/** How long a session that is down may take to come up, only to be unlinked. */
const UNLINK_DEADLINE_MS = 8_000;

const LOGGED_OUT: SessionStatePatch = {
  desired: 'stopped',
  status: 'logged_out',
  statusReason: 'logout',
  nextRetryAt: null,
  waJid: null,
  waLid: null,
  phoneNumber: null,
};

/** Ends what a session has with WhatsApp. Each waits its turn, as all that is done to a session. */
@Injectable()
export class SessionUnlinker {
  private readonly logger = new Logger('Session');

  constructor(
    private readonly sessions: SessionRepository,
    private readonly supervisor: SessionSupervisor,
    private readonly registry: SessionRegistry,
    private readonly launcher: SessionLauncher,
    private readonly states: SessionStates,
    private readonly connector: WhatsAppConnector,
    private readonly credentials: CredentialStore,
    private readonly keeper: LeaseKeeper,
    private readonly limits: KnownLimits,
  ) {}

  /**
   * Unlinks the device (where WhatsApp can be reached in time) and forgets its credentials. Throws `LeaseLostError` while
   * another process holds the session.
   */
  logout({ id }: SessionRecord): Promise<void> {
    return this.supervisor.queue.run(id, () => this.unlink(id));
  }

  /** As `logout`, and the session is gone with all that is stored of it. */
  delete({ id, organizationId }: SessionRecord): Promise<void> {
    return this.supervisor.queue.run(id, async () => {
      await this.unlink(id);
      await this.sessions.delete({ organizationId }, id);
      this.limits.forget(id);
    });
  }

  private async unlink(sessionId: string): Promise<void> {
    const runner = await this.runnerFor(sessionId);
    if (runner?.isPaired) {
      await this.connected(runner);
      if (runner.status === 'working') await runner.logout();
      else if (runner.isPaired)
        this.logger.warn({ msg: 'the device stays linked: WhatsApp was not reached', sessionId });
    }
    // First what people see: credentials of a device that is unlinked are found out at the next login.
    const loggedOut = (): Promise<void> => this.states.store(sessionId, LOGGED_OUT);
    await (runner ? this.launcher.end(runner, loggedOut) : loggedOut());
    await this.forget(sessionId);
  }

  /** Under a new lease: that of the runner may have been lost while it waited for WhatsApp. */
  private async forget(sessionId: string): Promise<void> {
    const lease = await this.keeper.claim(sessionId);
    if (!lease) throw await this.refused(sessionId);
    try {
      await this.credentials.clear(lease);
    } finally {
      await this.keeper.release(lease);
    }
  }

  /** One that has lost its lease closes its connection, and unlinks nothing over it any more. */
  private async runnerFor(sessionId: string): Promise<SessionRunner | undefined> {
    const runner = this.registry.runner(sessionId);
    if (runner && !runner.isOver) return runner;
    if (runner) await this.launcher.end(runner);
    return this.runPaired(sessionId);
  }

  /** A device that is linked but not running must connect once more to be unlinked. */
  private async runPaired(sessionId: string): Promise<SessionRunner | undefined> {
    if (!(await this.isPaired(sessionId))) return undefined;
    const session = await this.sessions.stateOf(sessionId);
    const runner = session && (await this.launcher.launch(session, { ended: () => undefined }));
    if (!runner) throw await this.refused(sessionId);
    return runner;
  }

  private async isPaired(sessionId: string): Promise<boolean> {
    try {
      return await this.connector.isPaired(sessionId);
    } catch (error) {
      if (!(error instanceof CredentialsUnreadableError)) throw error;
      // They cannot unlink anything; they can still be removed.
      this.logger.warn({ msg: 'the device stays linked: its credentials cannot be read', sessionId, err: error });
      return false;
    }
  }

  /** Why there is no lease of the session to be had. */
  private async refused(sessionId: string): Promise<Error> {
    const session = await this.sessions.stateOf(sessionId);
    return session ? new LeaseLostError(sessionId) : new NotFoundError('session');
  }

  private async connected(runner: SessionRunner): Promise<void> {
    const deadline = AbortSignal.timeout(UNLINK_DEADLINE_MS);
    try {
      while (runner.status !== 'working' && !runner.isOver) await runner.changed(deadline);
    } catch (error) {
      if (!deadline.aborted) throw error;
    }
  }
}
