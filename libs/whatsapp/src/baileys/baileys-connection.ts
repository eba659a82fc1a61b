import type { ConnectionState, WASocket } from '@whiskeysockets/baileys';
import {
  PHONE_SERVER,
  SessionNotConnectedError,
  WhatsAppConnection,
  type CloseReason,
  type ConnectionListener,
  type CredentialStore,
  type HeldLease,
} from '#whatsapp';
import { BaileysClient } from './baileys-client.js';
import { summaryOf } from './baileys-logger.js';
import { watchdogLimits, type BaileysOptions } from './baileys-options.js';
import { closeReason, LEASE_LOST, storeFailure, upgradeRefused } from './close-reason.js';
import { companionRemoval } from './companion-removal.js';
import { guardSocket, releaseSocket, type SocketEvents } from './guarded-socket.js';
import { heedLease } from './leased-socket.js';
import { makeSocket } from './make-socket.js';
import { Outbox } from './outbox.js';
import { newPairingCode, pairingCodeRequest } from './pairing-code.js';
import { Pairable } from './pairable.js';
import { parseGroupNotification } from './parse-notification.js';
import { ping } from './ping.js';
import { QrLifetimes } from './qr-lifetimes.js';
import { SessionCredentials } from './session-credentials.js';
import type { SocketCache } from './socket-cache.js';
import { Watchdog } from './watchdog.js';

/** How long WhatsApp may take to confirm that a device was unlinked. */
const LOGOUT_DEADLINE_MS = 5_000;

export interface ConnectionParts {
  store: CredentialStore;
  options: BaileysOptions;
  cache: SocketCache;
}

interface Live {
  socket: WASocket;
  credentials: SessionCredentials;
}

/** One socket, from the reading of its credentials to the report of why it ended. */
export class BaileysConnection extends WhatsAppConnection {
  readonly client = new BaileysClient(
    (query) => this.outbox.ask(query),
    (to, invite) => this.outbox.invite(to, invite),
  );
  /** Fires when the end begins, whoever began it. */
  private readonly ending = new AbortController();
  private readonly pairable = new Pairable(this.ending.signal);
  private readonly qrLifetimes: QrLifetimes;
  private readonly outbox: Outbox;
  private readonly finished: Promise<void>;
  private readonly watchdog: Watchdog;
  private live?: Live;
  private isOpen = false;
  /** Once a device was linked on this connection: settles when its credentials are stored and the listener knows. */
  private paired?: Promise<void>;
  /** Why the connection ends, as soon as that is known. */
  private reason?: CloseReason;

  constructor(
    private readonly lease: HeldLease,
    private readonly listener: ConnectionListener,
    private readonly parts: ConnectionParts,
  ) {
    super();
    this.qrLifetimes = new QrLifetimes(parts.options.qrTimeoutMs);
    this.outbox = new Outbox(lease, this.ending.signal, parts.options.queryTimeoutMs);
    this.watchdog = new Watchdog(watchdogLimits(parts.options), {
      ask: () => void this.outbox.send(ping()).catch(() => undefined),
      end: (message) => this.end(this.conclusion({ kind: 'unavailable', message })),
    });
    this.watchdog.comesUp();
    this.finished = this.run();
  }

  async requestPairingCode(phone: string): Promise<{ code: string; expiresAt: number }> {
    const expiresAt = await this.pairable.until();
    if (!this.live) throw new SessionNotConnectedError('starting');
    const { creds } = this.live.credentials;
    const code = newPairingCode();
    const phoneJid = `${phone}@${PHONE_SERVER}`;
    const request = await pairingCodeRequest(phoneJid, code, creds);
    // Baileys reads these when the phone answers. They are stored only once the device is linked.
    Object.assign(creds, { me: { id: phoneJid, name: '~' }, pairingCode: code });
    await this.outbox.send(request);
    return { code, expiresAt };
  }

  async logout(): Promise<void> {
    const deviceJid = this.live?.credentials.creds.me?.id;
    if (this.isOpen && deviceJid !== undefined) {
      // WhatsApp may confirm by closing with `device_removed`, which is not news here.
      this.reason ??= { kind: 'closed', message: 'logged out' };
      try {
        await this.outbox.send(companionRemoval(deviceJid), LOGOUT_DEADLINE_MS);
      } catch (error) {
        this.log('warn', 'WhatsApp did not confirm that the device was unlinked', error);
      }
    }
    await this.close();
  }

  async close(): Promise<void> {
    this.end({ kind: 'closed', message: 'closed by the gateway' });
    await this.finished;
  }

  private async run(): Promise<void> {
    const credentials = await this.load();
    try {
      if (credentials && !this.ending.signal.aborted) await this.connect(credentials);
    } catch (error) {
      this.log('error', 'the connection could not be made', error);
      this.end({ kind: 'unavailable', message: 'the connection could not be made' });
    }
    this.watchdog.stop();
    this.tell(() => this.listener.closed(this.reason ?? closeReason(undefined)));
  }

  private async load(): Promise<SessionCredentials | undefined> {
    const failed = (error: unknown): void => this.storeFailed(error);
    try {
      return await SessionCredentials.load(this.parts.store, this.lease, failed);
    } catch (error) {
      failed(error);
      return undefined;
    }
  }

  private async connect(credentials: SessionCredentials): Promise<void> {
    const { options, cache } = this.parts;
    const socket = makeSocket(this.lease.sessionId, credentials.state, options, cache, this.outbox.sentInvites);
    heedLease(socket, this.lease, () => this.end(LEASE_LOST));
    guardSocket(socket, this.socketEvents());
    this.live = { socket, credentials };
    this.outbox.use(socket);
    if (credentials.isLinked) this.pairable.never();
    const ended = new Promise<unknown>((resolve) => {
      socket.ev.on('connection.update', (update) => {
        if (update.connection === 'close') resolve(update.lastDisconnect?.error);
        else this.updated(update, credentials);
      });
    });
    socket.ev.on('creds.update', () => credentials.save());
    this.ending.signal.addEventListener('abort', () => void socket.end(undefined), { once: true });
    const error = await ended;
    this.end(this.conclusion(closeReason(error)));
    releaseSocket(socket);
    this.live = undefined;
    this.outbox.use(undefined);
    await this.paired;
    await credentials.close();
  }

  private updated(update: Partial<ConnectionState>, credentials: SessionCredentials): void {
    if (update.isNewLogin) {
      this.watchdog.comesUp();
      this.paired = this.pairedOnceStored(credentials);
    }
    this.outbox.learn(update);
    if (this.ending.signal.aborted) return;
    if (update.qr !== undefined) {
      this.watchdog.isUp();
      const code = { code: update.qr, expiresAt: this.qrLifetimes.next() };
      this.tell(() => this.listener.qr(code));
    }
    if (update.connection === 'open') {
      this.watchdog.isUp();
      this.isOpen = true;
      this.tell(() => this.listener.open(credentials.identity));
    }
  }

  private async pairedOnceStored(credentials: SessionCredentials): Promise<void> {
    // Baileys tells of the new creds first, so they are in the queue by now. A failure has its own way to be told.
    if (await credentials.isStored()) this.tell(() => this.listener.paired(credentials.identity));
  }

  private socketEvents(): SocketEvents {
    return {
      frameFailed: (error) => {
        this.log('warn', 'a frame from WhatsApp could not be decrypted', error);
        this.end({ kind: 'unavailable', message: 'WhatsApp sent what cannot be decrypted' });
      },
      handlerFailed: (error) => {
        if (!this.ending.signal.aborted) this.log('warn', 'a stanza from WhatsApp could not be handled', error);
      },
      upgradeRefused: (status) => this.end(upgradeRefused(status)),
      closing: () => this.ending.abort(),
      frame: () => this.watchdog.heard(),
      stanza: (node) => this.outbox.sentInvites.look(node),
      pairable: (references) => this.pairable.from(this.qrLifetimes.lastExpiry(references)),
      groupNotification: async (node) => {
        this.ending.signal.throwIfAborted();
        await this.listener.groupNotification(parseGroupNotification(node));
      },
      groupsDirty: () => this.tellWhileLive(() => this.listener.groupsDirty()),
    };
  }

  /** The first reason stands; the connection ends once. */
  private end(reason: CloseReason): void {
    this.reason ??= reason;
    this.ending.abort();
  }

  private storeFailed(error: unknown): void {
    this.log('error', 'the credentials of the session could not be read or written', error);
    // Whatever else ended the connection: what comes next must not rely on credentials that are not stored.
    if (this.reason?.kind === 'restart_required') this.reason = undefined;
    this.end(storeFailure(error));
  }

  /** A device that was just linked has to connect anew, however the connection on which it was linked ended. */
  private conclusion(reason: CloseReason): CloseReason {
    const isLost = reason.kind === 'unavailable' || reason.kind === 'qr_expired';
    return this.paired && isLost ? { ...reason, kind: 'restart_required' } : reason;
  }

  private tellWhileLive(what: () => void): void {
    if (!this.ending.signal.aborted) this.tell(what);
  }

  /** A fault of whoever listens must not become one of the connection. */
  private tell(what: () => void): void {
    try {
      what();
    } catch (error) {
      this.log('error', 'an event of the connection could not be handled', error);
    }
  }

  private log(level: 'warn' | 'error', message: string, error: unknown): void {
    this.parts.options.logger[level]({ sessionId: this.lease.sessionId, err: summaryOf(error) }, message);
  }
}
