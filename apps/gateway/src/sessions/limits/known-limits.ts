import { Injectable, Logger } from '@nestjs/common';
import type { Rates } from './action-budget.js';
import { SessionLimits } from './session-limits.js';

/** The limits of every session that has run in this process. */
@Injectable()
export class KnownLimits {
  private readonly logger = new Logger('Session');
  private readonly limits = new Map<string, SessionLimits>();

  /** With the rates as they are now. */
  of({ id, ratePerMin, ratePerHour }: Rates & { id: string }): SessionLimits {
    const rates = { ratePerMin, ratePerHour };
    const known = this.limits.get(id);
    if (known) {
      known.use(rates);
      return known;
    }
    const made = new SessionLimits(rates, (message, facts) =>
      this.logger.warn({ msg: message, sessionId: id, ...facts }),
    );
    this.limits.set(id, made);
    return made;
  }

  find(sessionId: string): SessionLimits | undefined {
    return this.limits.get(sessionId);
  }

  /** The session is deleted. */
  forget(sessionId: string): void {
    this.limits.delete(sessionId);
  }
}
