import type { SessionLease, UserRef } from '#whatsapp';

/** A session that is connected, as far as its credentials are concerned. */
export interface ConnectedSession {
  lease: SessionLease;
  account: UserRef;
}

interface Turn {
  at: number;
  /** While it is connected. */
  session?: ConnectedSession;
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** Connecting, and what it makes the session catch up on, comes first. */
const SOONEST_MS = MINUTE_MS;
/** After a restart all sessions connect at once; they are pruned one after the other over this time. */
const SPREAD_MS = 30 * MINUTE_MS;

/** When whose credentials are pruned: some time after the session connected, then daily. Times in monotonic milliseconds. */
export class PruningSchedule {
  private readonly turns = new Map<string, Turn>();

  constructor(private readonly random: () => number = Math.random) {}

  /** One that was connected before keeps its turn. */
  opened(session: ConnectedSession, now: number): void {
    const { sessionId } = session.lease;
    const soonest = now + SOONEST_MS;
    const at = this.turns.get(sessionId)?.at ?? soonest + this.random() * SPREAD_MS;
    this.turns.set(sessionId, { session, at: Math.max(at, soonest) });
  }

  closed(sessionId: string): void {
    delete this.turns.get(sessionId)?.session;
  }

  connected(sessionId: string): ConnectedSession | undefined {
    return this.turns.get(sessionId)?.session;
  }

  /** Those whose turn it is; their next one is a day later. Forgets who let it pass by. */
  take(now: number): string[] {
    const due = [...this.turns].filter(([, { at }]) => at <= now);
    for (const [sessionId, turn] of due) {
      if (turn.session) turn.at = now + DAY_MS * (0.95 + 0.1 * this.random());
      else this.turns.delete(sessionId);
    }
    return due.flatMap(([sessionId, { session }]) => (session ? sessionId : []));
  }
}
