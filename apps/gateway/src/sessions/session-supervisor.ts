import { Injectable, Logger, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { LeaseKeeper } from '#cluster';
import { NotFoundError } from '#errors';
import { SessionRepository, type SessionRecord, type SessionStatePatch } from '#store';
import { CredentialStore } from '#whatsapp';
import { backoffDelay } from './backoff.js';
import { SessionLauncher } from './session-launcher.js';
import { SessionQueue } from './session-queue.js';
import { SessionRegistry } from './session-registry.js';
import type { Ending } from './runner-parts.js';
import type { SessionRunner } from './session-runner.js';
import { SessionStates } from './session-states.js';

/** How often what is wanted is compared with what runs when nothing gives cause to. */
const COMPARED_EVERY_MS = 30_000;

const STOPPED: SessionStatePatch = { desired: 'stopped', status: 'stopped', statusReason: null, nextRetryAt: null };
const STARTING: SessionStatePatch = { status: 'starting', statusReason: null, nextRetryAt: null };
const RECONNECTING: SessionStatePatch = { ...STARTING, statusReason: 'reconnecting' };

/**
 * Sees to it that what runs here is what is wanted: a session's `desired` is what people asked for, its `status` how far
 * that got. What is done to one session is done one after the other: two starts make one connection, a stop waits for the
 * start before it.
 */
@Injectable()
export class SessionSupervisor implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('Session');
  readonly queue = new SessionQueue();
  private timer?: NodeJS.Timeout;
  /** When the next comparison begins; by `performance.now()`. */
  private nextAt = Infinity;
  /** How many comparisons in a row left something undone. */
  private failures = 0;
  private isComparing = false;
  /** Something gave cause to compare while a comparison was under way. */
  private isAskedAgain = false;

  constructor(
    private readonly sessions: SessionRepository,
    private readonly states: SessionStates,
    private readonly credentials: CredentialStore,
    private readonly registry: SessionRegistry,
    private readonly launcher: SessionLauncher,
    private readonly keeper: LeaseKeeper,
  ) {}

  /** Every session that was meant to run when the last process ended comes back by itself. */
  async onApplicationBootstrap(): Promise<void> {
    await this.sessions.settleStopped();
    const wanted = await this.sessions.listRunning();
    // Nobody can ask for anything yet: these are what they are.
    await this.settle(() =>
      Promise.all(wanted.map((session) => this.queue.run(session.id, () => this.resume(session)))),
    );
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.registry.beginShutdown();
    clearTimeout(this.timer);
    await Promise.all(this.registry.all().map((runner) => runner.stop()));
    await this.states.close();
    await this.keeper.close();
  }

  /**
   * Resolves once the session is meant to run and this is stored, not once it is connected; `undefined`: as soon as
   * another process lets go of it. `NotFoundError` when it was deleted meanwhile.
   */
  start({ id }: SessionRecord): Promise<SessionRunner | undefined> {
    return this.queue.run(id, async () => this.registry.runner(id) ?? (await this.begin(id)));
  }

  stop({ id }: SessionRecord): Promise<void> {
    return this.queue.run(id, () => this.end(id));
  }

  restart({ id }: SessionRecord): Promise<SessionRunner | undefined> {
    return this.queue.run(id, async () => {
      const runner = this.registry.runner(id);
      if (!runner) return this.begin(id);
      const wanted = await this.want(id);
      await this.launcher.end(runner);
      // The runner may have given up after this was wanted.
      void this.states.save(id, { desired: 'running', ...STARTING });
      return this.launch(wanted);
    });
  }

  /** Resolves once what the session was seen to be until now is what everybody reads of it. */
  seen(sessionId: string): Promise<void> {
    return this.states.store(sessionId, {});
  }

  /** The session as it is now, which may have changed while this waited for its turn. */
  private async want(sessionId: string): Promise<SessionRecord> {
    await this.seen(sessionId);
    const session = await this.sessions.updateState(sessionId, { desired: 'running', ...STARTING });
    if (!session) throw new NotFoundError('session');
    return session;
  }

  private async begin(sessionId: string): Promise<SessionRunner | undefined> {
    return this.launch(await this.want(sessionId));
  }

  private async launch(session: SessionRecord, state?: SessionStatePatch): Promise<SessionRunner | undefined> {
    if (this.registry.closing.aborted) return undefined;
    let runner: SessionRunner | undefined;
    try {
      runner = await this.launcher.launch(session, { state, ended: (...what) => this.ended(...what) });
    } finally {
      if (!runner) this.compareSoon();
    }
    return runner;
  }

  private async resume(session: SessionRecord): Promise<boolean> {
    return (await this.launch(session, RECONNECTING)) !== undefined;
  }

  private async end(sessionId: string): Promise<void> {
    const runner = this.registry.runner(sessionId);
    const stopped = (): Promise<void> => this.states.store(sessionId, STOPPED);
    await (runner ? this.launcher.end(runner, stopped) : stopped());
  }

  private ended(runner: SessionRunner, how: Ending): void {
    if (how === 'lease_lost') return this.compareSoon();
    const { sessionId } = runner;
    const work = async (): Promise<void> => {
      if (how === 'unlinked') await this.credentials.clear(runner.lease);
      await this.seen(sessionId);
    };
    this.queue
      .run(sessionId, () => this.launcher.end(runner, work))
      .catch((error: unknown) =>
        this.logger.error({ msg: 'a session that ended is not settled yet', sessionId, how, err: error }),
      );
  }

  /** With a pause: what goes wrong may go on going wrong. One that is due anyway is not put off. */
  private compareSoon(): void {
    const wait = backoffDelay(this.failures);
    if (this.isComparing) this.isAskedAgain = true;
    else if (performance.now() + wait < this.nextAt) this.compareIn(wait);
  }

  private compareIn(ms: number): void {
    clearTimeout(this.timer);
    if (this.registry.closing.aborted) return;
    this.nextAt = performance.now() + ms;
    this.timer = setTimeout(() => void this.settle(() => this.compare()), ms);
  }

  /** `work` says of each session that it looked at whether it is now as it is wanted. */
  private async settle(work: () => Promise<boolean[]>): Promise<void> {
    this.isComparing = true;
    this.isAskedAgain = false;
    try {
      const settled = await work();
      this.failures = settled.every(Boolean) ? 0 : this.failures + 1;
    } catch (error) {
      if (this.failures++ === 0)
        this.logger.warn({ msg: 'sessions could not be compared with what is wanted', err: error });
    } finally {
      this.isComparing = false;
    }
    const isCalm = this.failures === 0 && !this.isAskedAgain;
    this.compareIn(isCalm ? COMPARED_EVERY_MS : backoffDelay(this.failures));
  }

  private async compare(): Promise<boolean[]> {
    const wanted = new Set((await this.sessions.listRunning()).map(({ id }) => id));
    const missing = [...wanted].filter((id) => !this.registry.runner(id));
    const unwanted = this.registry.all().flatMap(({ sessionId }) => (wanted.has(sessionId) ? [] : [sessionId]));
    return Promise.all([...missing, ...unwanted].map((id) => this.unlessBusy(id)));
  }

  /** What is done to one session may take its time, which is not to be that of all others. */
  private async unlessBusy(sessionId: string): Promise<boolean> {
    return !this.queue.isBusy(sessionId) && (await this.queue.run(sessionId, () => this.mend(sessionId)));
  }

  /** What was decided here, and is not stored yet, counts; so does what changed while this waited for its turn. */
  private async mend(sessionId: string): Promise<boolean> {
    await this.seen(sessionId);
    const session = await this.sessions.stateOf(sessionId);
    const isWanted = session?.desired === 'running';
    const isRunning = this.registry.runner(sessionId) !== undefined;
    if (isWanted && !isRunning) return this.resume(session);
    if (!isWanted && isRunning) await this.end(sessionId);
    return true;
  }
}
