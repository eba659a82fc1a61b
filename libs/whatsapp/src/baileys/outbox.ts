import type { ConnectionState, WASocket } from '@whiskeysockets/baileys';
import { SessionNotConnectedError, type HeldLease, type PersonalInvite } from '#whatsapp';
import { DEFAULT_QUERY_TIMEOUT_MS } from './baileys-options.js';
import type { Query } from './query.js';
import { Restriction } from './restriction.js';
import { sendInvite } from './send-invite.js';
import { sendQuery, type QueryLimits } from './send-query.js';
import { SentInvites } from './sent-invites.js';

/** Sends what is asked of one connection, while it has a socket. */
export class Outbox {
  readonly sentInvites = new SentInvites();
  private readonly restriction = new Restriction();
  private socket?: WASocket;
  private isOpen = false;

  constructor(
    private readonly lease: HeldLease,
    private readonly ending: AbortSignal,
    private readonly queryTimeoutMs: number = DEFAULT_QUERY_TIMEOUT_MS,
  ) {}

  /** `undefined` once there is none any more. */
  use(socket: WASocket | undefined): void {
    this.socket = socket;
  }

  learn(update: Partial<ConnectionState>): void {
    this.restriction.learn(update);
    if (update.connection === 'open') this.isOpen = true;
  }

  /** For the account: only once it is logged in. */
  async ask<T>(query: Query<T>): Promise<T> {
    return this.restriction.explain(sendQuery(this.openSocket(), query, this.limits()));
  }

  async invite(to: string, invite: PersonalInvite): Promise<void> {
    await this.restriction.explain(sendInvite(this.openSocket(), to, invite, this.sentInvites, this.limits()));
  }

  /** For the connection itself: before the login, too. */
  async send<T>(query: Query<T>, timeoutMs?: number): Promise<T> {
    if (!this.socket) throw new SessionNotConnectedError('starting');
    return sendQuery(this.socket, query, this.limits(timeoutMs));
  }

  private openSocket(): WASocket {
    if (!this.socket || !this.isOpen || !this.lease.isHeld) throw new SessionNotConnectedError('starting');
    return this.socket;
  }

  private limits(timeoutMs = this.queryTimeoutMs): QueryLimits {
    return { timeoutMs, ending: this.ending };
  }
}
