import type { Request } from 'express';
import { createHash, randomBytes } from 'node:crypto';
import { UnauthorizedError } from '#errors';
import type { RealtimeTickets, TicketHolder } from '#store';
import type { ApiKeyUsage } from './api-key-usage.js';
import { personOf } from './jwt-principal.js';
import type { KnownApiKeys } from './known-api-keys.js';
import type { Principal } from './principal.js';

const LIFETIME_MS = 30_000;
const BYTES = 32;
const FORMAT = /^[A-Za-z0-9_-]{43}$/;

export interface StreamTicket {
  /** Shown once, stored nowhere. */
  ticket: string;
  /** Epoch milliseconds. */
  expiresAt: number;
}

/**
 * Tickets that stand for a credential where none can be sent, as in the URL of a browser's WebSocket: good once, for 30
 * seconds, and no longer than the credential itself.
 */
export class StreamTickets {
  constructor(
    private readonly tickets: RealtimeTickets,
    private readonly keys: KnownApiKeys,
    private readonly usage: ApiKeyUsage,
  ) {}

  async issue(caller: Principal): Promise<StreamTicket> {
    const ticket = randomBytes(BYTES).toString('base64url');
    return { ticket, expiresAt: await this.tickets.issue(hashOf(ticket), holderOf(caller), LIFETIME_MS) };
  }

  /**
   * Uses up the `ticket` of the query, whatever becomes of the request. Throws `UnauthorizedError` for one that is unknown,
   * used or expired, and where its holder would not be let in any longer, or not from this address.
   */
  async redeem({ query, ip = '' }: Pick<Request, 'query' | 'ip'>): Promise<Principal> {
    const { ticket } = query;
    if (typeof ticket !== 'string' || !FORMAT.test(ticket)) throw refused();
    const holder = await this.tickets.redeem(hashOf(ticket));
    const principal = holder && (await this.principalOf(holder, ip));
    if (!principal || (principal.validUntil ?? Infinity) <= Date.now()) throw refused();
    return principal;
  }

  private async principalOf(holder: TicketHolder, ip: string): Promise<Principal | undefined> {
    if (holder.kind === 'jwt') return personOf(holder);
    const known = await this.keys.find(holder.id);
    if (!known || (known.networks && !known.networks.includes(ip))) return undefined;
    this.usage.used(holder.id);
    return known.principal;
  }
}

function holderOf({ kind, id, organizationId, roles, validUntil }: Principal): TicketHolder {
  return kind === 'api-key' ? { kind, id } : { kind, id, organizationId, roles, validUntil };
}

function hashOf(ticket: string): Buffer {
  return createHash('sha256').update(ticket).digest();
}

function refused(): UnauthorizedError {
  return new UnauthorizedError('a ticket that is neither used nor expired is required');
}
