import { LeaseKeeper } from '#cluster';
import type { EventLog, SessionLeases, SessionRepository } from '#store';
import type { CredentialStore } from '#whatsapp';
import { CodeOffers } from '../code-offers.js';
import { KnownLimits } from '../limits/index.js';
import { SessionLauncher } from '../session-launcher.js';
import { SessionObservers } from '../session-observer.js';
import { SessionRegistry } from '../session-registry.js';
import { SessionStates } from '../session-states.js';
import { SessionSupervisor } from '../session-supervisor.js';
import { SessionUnlinker } from '../session-unlinker.js';
import { FreeLeases } from './free-leases.js';
import { ScriptedConnector } from './scripted-connector.js';

export interface Stored {
  sessions: Partial<SessionRepository>;
  /** What clearing the credentials comes to. */
  clear?: () => Promise<void>;
  /** How long a lease lasts; 5 s unless given. */
  ttlMs?: number;
}

/** All that runs sessions, over connections and leases that a spec controls. */
export class Supervised {
  readonly connector = new ScriptedConnector();
  readonly leases = new FreeLeases();
  readonly limits = new KnownLimits();
  readonly registry = new SessionRegistry(this.limits);
  readonly supervisor: SessionSupervisor;
  readonly unlinker: SessionUnlinker;

  constructor({ sessions, clear = () => Promise.resolve(), ttlMs = 5_000 }: Stored) {
    const { registry, limits, connector } = this;
    const repository = sessions as SessionRepository;
    const credentials = { clear } as unknown as CredentialStore;
    const states = new SessionStates(repository);
    const keeper = new LeaseKeeper(this.leases as unknown as SessionLeases, { holder: { name: 'spec' }, ttlMs });
    const offers = new CodeOffers({ append: () => Promise.resolve() } as unknown as EventLog, states);
    const launcher = new SessionLauncher(registry, keeper, states, connector, new SessionObservers(), limits, offers);
    this.supervisor = new SessionSupervisor(repository, states, credentials, registry, launcher, keeper);
    this.unlinker = new SessionUnlinker(
      repository,
      this.supervisor,
      registry,
      launcher,
      states,
      connector,
      credentials,
      keeper,
      limits,
    );
  }

  stop(): Promise<void> {
    return this.supervisor.beforeApplicationShutdown();
  }
}
