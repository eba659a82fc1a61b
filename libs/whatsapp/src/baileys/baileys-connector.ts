import {
  WhatsAppConnector,
  type ConnectionListener,
  type CredentialStore,
  type HeldLease,
  type WhatsAppConnection,
} from '#whatsapp';
import { BaileysConnection } from './baileys-connection.js';
import type { BaileysOptions } from './baileys-options.js';
import { cappedLogger } from './capped-logger.js';
import { quietLibsignal } from './quiet-libsignal.js';
import { isLinked } from './session-credentials.js';
import { SocketCache } from './socket-cache.js';
import { checkSignatures, trustRoot } from './trust.js';

/**
 * WhatsApp by way of Baileys. What is checked of signatures, which root is trusted and what libsignal may print are
 * matters of the whole process: the connector that was made last decides. Throws for a root key that is not allowed.
 */
export class BaileysConnector extends WhatsAppConnector {
  private readonly cache = new SocketCache();
  private readonly options: BaileysOptions;

  constructor(
    private readonly credentials: CredentialStore,
    options: BaileysOptions,
  ) {
    super();
    this.options = { ...options, logger: cappedLogger(options.logger) };
    trustRoot(options.rootKey, options.url);
    checkSignatures(options.verifySignatures);
    quietLibsignal();
  }

  connect(lease: HeldLease, listener: ConnectionListener): WhatsAppConnection {
    const { credentials: store, options, cache } = this;
    return new BaileysConnection(lease, listener, { store, options, cache });
  }

  isPaired(sessionId: string): Promise<boolean> {
    return isLinked(this.credentials, sessionId);
  }
}
