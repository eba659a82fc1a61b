import { Injectable, Logger, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { SessionLease } from '#whatsapp';
import { SessionObservers, type LiveSession, type SessionObserver } from '../session-observer.js';
import { CredentialPruner } from './credential-pruner.js';
import { PruningSchedule, type ConnectedSession } from './pruning-schedule.js';

const EVERY_MS = 60_000;

/** Has the credentials of connected sessions pruned, one session after the other. */
@Injectable()
export class CredentialHousekeeping implements SessionObserver, OnModuleInit, BeforeApplicationShutdown {
  private readonly logger = new Logger('Credentials');
  private readonly schedule = new PruningSchedule();
  private timer: NodeJS.Timeout | undefined;
  private round: Promise<void> | undefined;

  constructor(
    observers: SessionObservers,
    private readonly pruner: CredentialPruner,
  ) {
    observers.add(this);
  }

  onModuleInit(): void {
    this.timer = setInterval(() => {
      this.round ??= this.pruneDue().finally(() => (this.round = undefined));
    }, EVERY_MS);
    this.timer.unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    this.timer = undefined;
    await this.round;
  }

  opened({ self: account }: LiveSession, lease: SessionLease): void {
    this.schedule.opened({ lease, account }, performance.now());
  }

  closed(sessionId: string): void {
    this.schedule.closed(sessionId);
  }

  notified(): void {
    // What happens in groups is no matter of credentials.
  }

  groupsDirty(): void {
    // As above.
  }

  private async pruneDue(): Promise<void> {
    for (const sessionId of this.schedule.take(performance.now())) {
      // It may have been closed while others had their turn.
      const session = this.schedule.connected(sessionId);
      if (session && this.timer) await this.prune(session);
    }
  }

  private async prune(session: ConnectedSession): Promise<void> {
    try {
      await this.pruner.prune(session);
    } catch (error) {
      const { sessionId } = session.lease;
      this.logger.warn({ msg: 'credentials could not be pruned; tomorrow again', sessionId, err: error });
    }
  }
}
