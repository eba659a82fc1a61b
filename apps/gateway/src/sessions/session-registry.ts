import { Injectable } from '@nestjs/common';
import { SessionNotConnectedError, WhatsAppClients, type LiveSession, type WhatsAppClient } from '#whatsapp';
import { KnownLimits } from './limits/index.js';
import type { SessionRunner } from './session-runner.js';

/** The sessions that run in this process. */
@Injectable()
export class SessionRegistry extends WhatsAppClients {
  private readonly runners = new Map<string, SessionRunner>();
  private readonly shutdown = new AbortController();
  /** Fires when the process begins to stop. */
  readonly closing = this.shutdown.signal;

  constructor(private readonly limits: KnownLimits) {
    super();
  }

  /** Whoever waits for a session stops waiting. Sessions stay connected for the requests that are still under way. */
  beginShutdown(): void {
    this.shutdown.abort();
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

  all(): SessionRunner[] {
    return [...this.runners.values()];
  }

  add(runner: SessionRunner): void {
    this.runners.set(runner.sessionId, runner);
  }

  remove(runner: SessionRunner): void {
    if (this.runners.get(runner.sessionId) === runner) this.runners.delete(runner.sessionId);
  }
}
