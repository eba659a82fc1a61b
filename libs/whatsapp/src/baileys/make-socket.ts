import {
  DEFAULT_CONNECTION_CONFIG,
  makeWASocket,
  type AuthenticationState,
  type UserFacingSocketConfig,
  type WABrowserDescription,
  type WASocket,
} from '@whiskeysockets/baileys';
import { loggerForBaileys } from './baileys-logger.js';
import { DEFAULT_KEEP_ALIVE_MS, DEFAULT_QUERY_TIMEOUT_MS, type BaileysOptions } from './baileys-options.js';
import type { SentInvites } from './sent-invites.js';
import type { SocketCache } from './socket-cache.js';
import { withTransientStorages } from './transient-storage.js';

/** How the linked device is named on the phone: the "operating system", the browser, its version. */
export const DEVICE: WABrowserDescription = ['WhaTS Gateway', 'Chrome', '1.0'];

/** Devices come and go, and we do not hear of those of others. As long as Baileys itself would keep them. */
const DEVICES_KEPT_MS = 5 * 60_000;

/** A Baileys socket for managing groups: it keeps no messages (but invites, for minutes), syncs no history, and reads nobody's mail but its own. */
export function makeSocket(
  sessionId: string,
  auth: AuthenticationState,
  options: BaileysOptions,
  cache: SocketCache,
  sentInvites: SentInvites,
): WASocket {
  const config: UserFacingSocketConfig = {
    auth,
    waWebSocketUrl: options.url ?? DEFAULT_CONNECTION_CONFIG.waWebSocketUrl,
    version: options.version,
    browser: DEVICE,
    logger: loggerForBaileys(options.logger, sessionId),
    defaultQueryTimeoutMs: options.queryTimeoutMs ?? DEFAULT_QUERY_TIMEOUT_MS,
    keepAliveIntervalMs: options.keepAliveIntervalMs ?? DEFAULT_KEEP_ALIVE_MS,
    ...(options.qrTimeoutMs !== undefined && { qrTimeout: options.qrTimeoutMs }),
    markOnlineOnConnect: false,
    syncFullHistory: false,
    shouldSyncHistoryMessage: () => false,
    shouldIgnoreJid: (jid) => !isOurs(jid, auth) && !sentInvites.isAskedBy(jid),
    getMessage: ({ id }) => Promise.resolve(sentInvites.message(id ?? '')),
    enableRecentMessageCache: false,
    emitOwnEvents: false,
    // A write that failed ends the connection; to try it again behind its back would only delay that.
    transactionOpts: { maxCommitRetries: 1, delayBetweenTriesMs: 0 },
    msgRetryCounterCache: cache.scoped(`retries:${sessionId}`),
    userDevicesCache: cache.scoped(`devices:${sessionId}`, DEVICES_KEPT_MS),
    callOfferCache: cache.scoped(`calls:${sessionId}`),
    placeholderResendCache: cache.scoped(`placeholders:${sessionId}`),
  };
  return withTransientStorages(() => makeWASocket(config));
}

/** The server, which has no user part, and the account's own devices. What others send is acknowledged, not decrypted. */
function isOurs(jid: string, { creds }: AuthenticationState): boolean {
  const user = userOf(jid);
  return user === '' || user === userOf(creds.me?.id ?? '') || user === userOf(creds.me?.lid ?? '');
}

function userOf(jid: string): string {
  const at = jid.indexOf('@');
  return at < 0 ? '' : (jid.slice(0, at).split(/[:_]/, 1)[0] ?? '');
}
