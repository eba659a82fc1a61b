import { EventEmitter, once } from 'node:events';
import type { SessionStatePatch, SessionStatus } from '#store';
import {
  SessionNotConnectedError,
  type AccountIdentity,
  type CloseReason,
  type ConnectionListener,
  type HeldLease,
  type QrCode,
  type WhatsAppClient,
  type WhatsAppConnection,
} from '#whatsapp';
import { backoffDelay, type BackoffOptions } from './backoff.js';
import { nextStep, type NextStep } from './close-policy.js';
import { identityPatch, UNLINKED } from './identity-patch.js';
import { LimitedClient } from './limits/index.js';
import type { RunnerParts } from './runner-parts.js';
import { selfOf, type LiveSession, type SessionObserver } from './session-observer.js';
import { Turn } from './turns.js';

/** A connection that lasts this long was no failure: the next one that fails is the first one again. */
const LASTING_MS = 10_000;

/**
 * Keeps one session connected: from the moment somebody wants it running until somebody stops it, or WhatsApp says
 * that there is no point in going on. Holds at most one connection; a new one begins only after the old one closed.
 */
export class SessionRunner {
  private readonly changes = new EventEmitter().setMaxListeners(0);
  private connection?: WhatsAppConnection;
  private limited?: LimitedClient;
  private code?: QrCode;
  private retry?: NodeJS.Timeout;
  private readonly turn: Turn;
  /** How many connections in a row did not last. */
  private attempt = 0;
  private openedAt?: number;
  private over = false;

  /** `identity`: the linked account, when there is one already. */
  constructor(
    readonly lease: HeldLease,
    private identity: AccountIdentity | undefined,
    private readonly parts: RunnerParts,
  ) {
    this.turn = new Turn(parts.turns);
    lease.lost.addEventListener('abort', () => void this.handOver(), { once: true });
  }

  private current: SessionStatus = 'starting';

  get sessionId(): string {
    return this.lease.sessionId;
  }

  get status(): SessionStatus {
    return this.current;
  }

  get isPaired(): boolean {
    return this.identity !== undefined;
  }

  get isOver(): boolean {
    return this.over;
  }

  /** The client while connected, under a lease; before and after, `SessionNotConnectedError`. */
  get client(): WhatsAppClient {
    if (!this.limited || this.current !== 'working' || !this.lease.isHeld)
      throw new SessionNotConnectedError(this.current);
    return this.limited;
  }

  /** The code to show now, if there is one that has not expired. */
  get qr(): QrCode | undefined {
    return this.code && this.code.expiresAt > Date.now() ? this.code : undefined;
  }

  /** Resolves at the next change of state or code; rejects with an AbortError when `signal` fires. */
  async changed(signal: AbortSignal): Promise<void> {
    await once(this.changes, 'change', { signal });
  }

  start(): void {
    const connect = (settled: () => void): void => this.connect(settled);
    if (this.isPaired) return this.turn.toConnect(connect);
    this.turn.toPair(connect, (isWaiting) =>
      this.enter('starting', { statusReason: isWaiting ? 'waiting_to_pair' : null, nextRetryAt: null }),
    );
  }

  /** See `WhatsAppConnection.requestPairingCode`; waits for a connection first. */
  async requestPairingCode(phone: string, signal: AbortSignal): Promise<{ code: string; expiresAt: number }> {
    while (!this.connection && !this.over) await this.changed(signal);
    if (!this.connection) throw new SessionNotConnectedError(this.current);
    const code = await this.connection.requestPairingCode(phone);
    this.parts.offered('auth.code', code.expiresAt);
    return code;
  }

  /** Closes the connection and everything that would bring it back. The pairing is kept. */
  async stop(): Promise<void> {
    this.finish();
    await this.connection?.close();
  }

  /** Asks WhatsApp to unlink the device, over a connection that is up, then closes. */
  async logout(): Promise<void> {
    this.finish();
    await this.connection?.logout();
  }

  private finish(): void {
    this.over = true;
    clearTimeout(this.retry);
    if (!this.connection) this.turn.endPairing();
    this.changes.emit('change');
  }

  /** `settled`: this connection no longer counts among those under way. */
  private connect(settled: () => void): void {
    if (this.over) return settled();
    this.connection = this.parts.connector.connect(this.lease, this.listener(settled));
    this.limited = new LimitedClient(this.connection.client, this.parts.limits);
    this.changes.emit('change');
  }

  private listener(settled: () => void): ConnectionListener {
    return {
      qr: (code) => {
        settled();
        this.code = code;
        this.identity = undefined;
        this.turn.pairs();
        this.enter('scan_qr_code', { statusReason: null, nextRetryAt: null, ...UNLINKED });
        this.parts.offered('auth.qr', code.expiresAt);
      },
      paired: (identity) => {
        this.turn.endPairing();
        this.identity = identity;
        this.code = undefined;
        this.attempt = 0;
        this.parts.limits.linkedAnew();
        this.enter('starting', { statusReason: 'paired', nextRetryAt: null, ...identityPatch(identity) });
      },
      open: (identity) => {
        settled();
        this.opened(identity);
      },
      groupNotification: async (notification) => {
        this.limited?.changed();
        const { live } = this;
        if (!live) throw new SessionNotConnectedError(this.current);
        await this.parts.observers.notified(live, notification);
      },
      groupsDirty: () => {
        this.limited?.changed();
        this.tell((observer, live) => observer.groupsDirty(live));
      },
      closed: (reason) => {
        settled();
        this.closed(reason);
      },
    };
  }

  private opened(identity: AccountIdentity): void {
    this.turn.endPairing();
    this.identity = identity;
    this.code = undefined;
    this.openedAt = Date.now();
    this.enter('working', {
      statusReason: null,
      nextRetryAt: null,
      lastConnectedAt: this.openedAt,
      ...identityPatch(identity),
    });
    this.parts.log('info', 'session connected', {});
    this.tell((observer, live) => observer.opened(live, this.lease));
  }

  private closed(reason: CloseReason): void {
    this.connection = undefined;
    this.limited = undefined;
    this.code = undefined;
    this.turn.endPairing();
    if (this.openedAt !== undefined && Date.now() - this.openedAt >= LASTING_MS) this.attempt = 0;
    this.openedAt = undefined;
    this.parts.observers.each((observer) => observer.closed(this.sessionId));
    // Whoever stopped the session writes what it is now.
    if (this.over) return void this.changes.emit('change');
    const step = nextStep(reason.kind);
    this.parts.log(step.then === 'give_up' || step.then === 'hand_over' ? 'warn' : 'info', 'connection closed', {
      ...reason,
      then: step.then,
    });
    this.follow(step);
  }

  private follow(step: NextStep): void {
    switch (step.then) {
      case 'reconnect_now':
        // Once: a server that asks for it at every login would be logged in to without a pause.
        if (this.attempt > 0) return this.backOff('restart_required');
        this.attempt++;
        this.enter('starting', { statusReason: 'restart_required', nextRetryAt: null });
        return this.start();
      case 'back_off':
        return this.backOff(step.reason, step.backoff);
      case 'hand_over':
        return void this.handOver();
      case 'give_up':
        return this.giveUp(step);
    }
  }

  private backOff(reason: string, options?: BackoffOptions): void {
    const wait = backoffDelay(this.attempt++, options, this.parts.random);
    this.enter('starting', { statusReason: reason, nextRetryAt: Date.now() + wait });
    this.retry = setTimeout(() => this.start(), wait);
  }

  private giveUp(step: Extract<NextStep, { then: 'give_up' }>): void {
    this.finish();
    const unlinked = step.forget ? UNLINKED : {};
    if (step.forget) this.identity = undefined;
    this.enter(step.status, { desired: 'stopped', statusReason: step.reason, nextRetryAt: null, ...unlinked });
    this.parts.ended(step.forget ? 'unlinked' : 'gave_up');
  }

  /** What it was seen to be last is stored only if nobody else has the session yet. */
  private async handOver(): Promise<void> {
    if (this.over) return;
    this.finish();
    this.enter('starting', { statusReason: 'lease_lost', nextRetryAt: null });
    await this.connection?.close();
    this.parts.ended('lease_lost');
  }

  private enter(status: SessionStatus, patch: SessionStatePatch): void {
    this.current = status;
    this.parts.save({ status, ...patch });
    this.changes.emit('change');
  }

  private tell(what: (observer: SessionObserver, live: LiveSession) => void): void {
    const { live } = this;
    if (live) this.parts.observers.each((observer) => what(observer, live));
  }

  /** Before a device is linked there is no account whose groups could change. Without a lease others tell of them. */
  private get live(): LiveSession | undefined {
    const { limited, identity } = this;
    if (!limited || !identity || !this.lease.isHeld) return undefined;
    return { id: this.sessionId, self: selfOf(identity), client: limited };
  }
}
