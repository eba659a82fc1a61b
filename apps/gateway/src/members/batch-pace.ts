import { setTimeout as delay } from 'node:timers/promises';

/** How fast a batch goes. */
export interface BatchPace {
  /** Participants in one stanza. */
  chunkSize: number;
  /** Between two stanzas. Rejects when `signal` fires. */
  pause(signal: AbortSignal): Promise<void>;
}

const CHUNK_SIZE = 50;
const PAUSE_MS = 1_000;

/**
 * WhatsApp limits, and in the end bans, accounts that act on many people at a stroke, adds above all. It publishes no
 * figures: fifty with a second between them is what a person with a list of contacts could do, and all whom a group can
 * hold are through in half a minute, within what clients and proxies wait for an answer.
 */
export const BATCH_PACE: BatchPace = {
  chunkSize: CHUNK_SIZE,
  pause: (signal) => delay(PAUSE_MS, undefined, { signal }),
};

/** Batches of one session that may wait for the one that runs: at most some five minutes' worth. */
export const MOST_WAITING = 10;
/** One batch of the largest size is through by then. */
export const QUEUE_RETRY_SECONDS = 30;
