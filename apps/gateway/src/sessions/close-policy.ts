import type { CloseKind } from '#whatsapp';
import type { BackoffOptions } from './backoff.js';

/** What follows from the end of a connection. */
export type NextStep =
  | { then: 'reconnect_now' }
  | { then: 'back_off'; reason: string; backoff?: BackoffOptions }
  /** Another process may run the session: it is ours again only with a new lease. */
  | { then: 'hand_over' }
  /** `forget`: the credentials are worthless, WhatsApp has unlinked the device. In no other case are they touched. */
  | { then: 'give_up'; status: 'failed' | 'logged_out'; reason: string; forget: boolean };

/** For what seldom passes by itself: it takes an operator, or WhatsApp's own. */
const PATIENT: BackoffOptions = { firstMs: 2_000, capMs: 60_000 };

/**
 * A session that gives up stays down, over restarts too, until somebody starts it. That is for endings that trying
 * again cannot mend, or would make worse: answering `replaced` with a new login starts a fight that neither side wins.
 */
const NEXT_STEPS: Record<Exclude<CloseKind, 'closed'>, NextStep> = {
  restart_required: { then: 'reconnect_now' },
  unavailable: { then: 'back_off', reason: 'reconnecting' },
  client_outdated: { then: 'back_off', reason: 'client_outdated', backoff: PATIENT },
  untrusted_server: { then: 'back_off', reason: 'untrusted_server', backoff: PATIENT },
  replaced: { then: 'give_up', status: 'failed', reason: 'replaced', forget: false },
  banned: { then: 'give_up', status: 'failed', reason: 'banned', forget: false },
  bad_session: { then: 'give_up', status: 'failed', reason: 'bad_session', forget: false },
  qr_expired: { then: 'give_up', status: 'failed', reason: 'qr_expired', forget: false },
  lease_lost: { then: 'hand_over' },
  logged_out: { then: 'give_up', status: 'logged_out', reason: 'device_removed', forget: true },
};

/** `closed` although nobody here asked for it is treated as a lost connection. */
export function nextStep(kind: CloseKind): NextStep {
  return NEXT_STEPS[kind === 'closed' ? 'unavailable' : kind];
}
