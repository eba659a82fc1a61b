import type { BaileysLogger } from './baileys-logger.js';

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
  /** A server that was silent for five seconds more than this is taken for dead. Default 30,000. */
  keepAliveIntervalMs?: number;
  logger: BaileysLogger;
}

export const DEFAULT_OPEN_TIMEOUT_MS = 20_000;
export const DEFAULT_QUERY_TIMEOUT_MS = 60_000;
export const DEFAULT_KEEP_ALIVE_MS = 30_000;
