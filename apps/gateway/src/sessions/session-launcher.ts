import { Injectable, Logger } from '@nestjs/common';
import { LeaseKeeper } from '#cluster';
import type { SessionRecord, SessionStatePatch } from '#store';
import { WhatsAppConnector, type AccountIdentity } from '#whatsapp';
import { CodeOffers } from './code-offers.js';
import { KnownLimits } from './limits/index.js';
import { SessionObservers } from './session-observer.js';
import { SessionRegistry } from './session-registry.js';
import type { Ending } from './runner-parts.js';
import { SessionRunner } from './session-runner.js';
import { SessionStates } from './session-states.js';
import { Turns } from './turns.js';

export interface LaunchOptions {
  /** What is stored of the session once it is ours, before anything that is observed. */
  state?: SessionStatePatch;
  /** It ended by itself, and nothing of its connection is left. */
  ended(runner: SessionRunner, how: Ending): void;
}

/** Begins and ends the running of sessions here; when that is to be is decided elsewhere, one thing at a time. */
@Injectable()
export class SessionLauncher {
  private readonly logger = new Logger('Session');
  private readonly turns = new Turns();

  constructor(
    private readonly registry: SessionRegistry,
    private readonly keeper: LeaseKeeper,
    private readonly states: SessionStates,
    private readonly connector: WhatsAppConnector,
    private readonly observers: SessionObservers,
    private readonly limits: KnownLimits,
    private readonly offers: CodeOffers,
  ) {}

  /** `undefined`: another process holds the session, or there is none. */
  async launch(session: SessionRecord, { state, ...options }: LaunchOptions): Promise<SessionRunner | undefined> {
    const lease = await this.keeper.claim(session.id);
    if (!lease) return undefined;
    const { id } = session;
    const save = (patch: SessionStatePatch): void => void this.states.save(id, patch, lease.fence);
    const runner = new SessionRunner(lease, identityOf(session), {
      connector: this.connector,
      observers: this.observers,
      limits: this.limits.of(session),
      turns: this.turns,
      save,
      offered: (event, expiresAt) => this.offers.tell(session, event, expiresAt),
      ended: (how) => {
        this.registry.remove(runner);
        options.ended(runner, how);
      },
      log: (level, message, facts) =>
        this.logger[level === 'info' ? 'log' : 'warn']({ msg: message, sessionId: id, ...facts }),
    });
    if (state) save(state);
    this.registry.add(runner);
    runner.start();
    return runner;
  }

  /** Closes its connection, then does what is still to be done under its lease, then gives that back. */
  async end(runner: SessionRunner, before: () => Promise<void> = () => Promise.resolve()): Promise<void> {
    this.registry.remove(runner);
    try {
      await runner.stop();
      await before();
    } finally {
      await this.keeper.release(runner.lease);
    }
  }
}

function identityOf(session: SessionRecord): AccountIdentity | undefined {
  const { waJid, waLid, phoneNumber } = session;
  if (waJid === undefined || phoneNumber === undefined) return undefined;
  return waLid === undefined ? { waJid, phoneNumber } : { waJid, phoneNumber, waLid };
}
