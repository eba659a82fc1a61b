import type { EventRecord } from '../events/event.record.js';

/** All deliveries of one session to one webhook: they are in one lane, so that they keep their order. */
export interface Lane {
  webhookId: string;
  /** 0 up to but without `WEBHOOK_LANES`. */
  lane: number;
}

/** The right to work on a lane, until it runs out or somebody else has it. */
export interface LaneClaim extends Lane {
  claimId: string;
}

export interface DueDelivery {
  /** `dlv_<ulid>`. */
  id: string;
  /** Made so far, of this round. */
  attempts: number;
  event: EventRecord;
}

/** What is to be done in a lane. */
export interface LaneWork {
  /** Never tried yet, in the order of the log. */
  first: DueDelivery[];
  /** Tried before, and due again. */
  again: DueDelivery[];
  /** Milliseconds until the next one of those that were tried before is due; absent: there is none. */
  nextDueMs?: number;
  /** `updatedAt` of the webhook that all of it is for, as it was then; absent where there is nothing to deliver. */
  asOf?: number;
  /** How many were read that the webhook wants no longer: there may be more than was asked for. */
  discarded: number;
}

/** What came of one attempt. */
export interface DeliveryOutcome {
  claim: LaneClaim;
  deliveryId: string;
  /** Made before this one. */
  attempts: number;
  /** `again` after `delayMs`, or never again. */
  result: { status: 'delivered' } | { status: 'again'; delayMs: number } | { status: 'dead' };
  latencyMs: number;
  httpStatus?: number;
  error?: string;
  /** The beginning of what the endpoint answered. */
  responseExcerpt?: string;
}
