import type { SessionStatePatch } from '#store';
import type { WhatsAppConnector } from '#whatsapp';
import type { CodeEvent } from './code-offers.js';
import type { SessionLimits } from './limits/index.js';
import type { SessionObservers } from './session-observer.js';
import type { Turns } from './turns.js';

/**
 * `gave_up`: there is no point in going on; `unlinked`: the same, and its credentials are worthless, since WhatsApp has
 * unlinked the device; `lease_lost`: another process may run it.
 */
export type Ending = 'gave_up' | 'unlinked' | 'lease_lost';

export interface RunnerParts {
  connector: WhatsAppConnector;
  observers: SessionObservers;
  /** What holds the session back, over all its connections. */
  limits: SessionLimits;
  /** Those of all sessions of this process. */
  turns: Turns;
  /** Stores what is observed, in order, now or when the database is back. */
  save(patch: SessionStatePatch): void;
  /** There is a code to link the device with, until `expiresAt` (epoch milliseconds). */
  offered(event: CodeEvent, expiresAt: number): void;
  /** The session ended by itself. */
  ended(how: Ending): void;
  log(level: 'info' | 'warn', message: string, facts: object): void;
  random?: () => number;
}
