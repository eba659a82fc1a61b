import type { BaileysLogger } from './baileys-logger.js';
import type { WatchdogLimits } from './watchdog.js';

export interface BaileysOptions {
  /** Where to connect to; by default the real service. */
  url?: string;
  /** 64 hex digits: the root of the server's certificate chain. Only with a loopback `url`. */
  rootKey?: string;
  /** The WhatsApp Web version to present. */
  version: [number, number, number];
  /** Whether signatures are checked at all; see `checkSignatures`. */
  verifySignatures: boolean;
  /** A connection that is neither open nor shows a code by then is given up. Default 20,000. */
  openTimeoutMs?: number;
  /** How long an answer may take. Default 60,000. */
  queryTimeoutMs?: number;
  /** How long each QR code lives. By default the first 60,000 and the others 20,000. */
  qrTimeoutMs?: number;
  /** How often Baileys pings. Default 30,000. */
  keepAliveIntervalMs?: number;
  /**
   * A connection on which nothing arrived for so long, Baileys' pings notwithstanding, is pinged once more and given up
   * when five seconds later (or as much as this, where that is less) nothing has. Default 35,000.
   */
  silenceTimeoutMs?: number;
  logger: BaileysLogger;
}

const DEFAULT_OPEN_TIMEOUT_MS = 20_000;
export const DEFAULT_QUERY_TIMEOUT_MS = 60_000;
export const DEFAULT_KEEP_ALIVE_MS = 30_000;
/** The pings of Baileys are answered by then, on any connection that lives. */
const DEFAULT_SILENCE_TIMEOUT_MS = DEFAULT_KEEP_ALIVE_MS + 5_000;
const ANSWER_MS = 5_000;

export function watchdogLimits({ openTimeoutMs, silenceTimeoutMs }: BaileysOptions): WatchdogLimits {
  const silenceMs = silenceTimeoutMs ?? DEFAULT_SILENCE_TIMEOUT_MS;
  return {
    comeUpMs: openTimeoutMs ?? DEFAULT_OPEN_TIMEOUT_MS,
    silenceMs,
    answerMs: Math.min(ANSWER_MS, silenceMs),
  };
}
