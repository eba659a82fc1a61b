import { once } from 'node:events';
import type { Connection } from '../server/connection.js';
import { matchesStanza, type StanzaFilter } from '../server/stanza-filter.js';
import { endStream, type StreamError } from '../server/stream.js';
import type { StanzaNode } from '../wire/index.js';
import type { ParticipantAction, World } from '../world/index.js';
import { Plan, type Fault, type FaultOptions } from './plan.js';

const RESTRICTED = 463;
const CHANGES: StanzaFilter = { xmlns: 'w:g2', type: 'set' };

/** What becomes of a stanza that a fault strikes. */
export type StanzaFault = { filter: StanzaFilter } & (
  | { kind: 'silence' | 'close' | 'actThenClose' | 'actThenSilence' }
  | { kind: 'delay'; ms: number }
  | { kind: 'hold'; released: Promise<void> }
  | { kind: 'nack'; code: number }
  | ({ kind: 'error'; code: number; text: string } & RefusalTerms)
);
/** A fault whose stanzas wait. */
export interface HeldFault extends Fault {
  release(): void;
}
/** What WhatsApp adds to a refusal. */
export interface RefusalTerms {
  /** Seconds to wait (429). */
  backoff?: number;
  /** Epoch seconds at which a restriction of the account ends (463). */
  expiration?: number;
}
export type LoginFault = { phone?: string } & ({ kind: 'fail'; reason: number } | { kind: 'conflict' });
export type UpgradeFault = { status: number } | 'hang';
export type Tampering = 'leaf' | 'intermediate' | 'serverHello' | 'adv' | 'hmac';

/** The open connections of an account, or all of them. */
export type FindConnections = (phone?: string) => Iterable<Connection>;

/**
 * What can go wrong with WhatsApp, on demand. A planned fault strikes once unless `times` says otherwise, the one that
 * was asked for first before the others; `phone` is digits throughout.
 */
export class Faults {
  private readonly stanzas = new Plan<StanzaFault>();
  private readonly logins = new Plan<LoginFault>();
  private readonly upgrades = new Plan<UpgradeFault>();
  private readonly forgeries = new Plan<Tampering>();
  private readonly participants = new Plan<{ address: string; code: number; action?: ParticipantAction }>();
  private readonly muted = new Set<string>();

  constructor(
    private readonly world: World,
    private readonly connections: FindConnections,
  ) {
    world.imposeCodes((address, action) => this.imposedCode(address, action));
  }

  /** The stanza is neither acted on nor answered. */
  silence(filter: StanzaFilter, options?: FaultOptions): Fault {
    return this.stanzas.add({ filter, kind: 'silence' }, options);
  }

  /** Acted on and answered only after `ms`. */
  delay(filter: StanzaFilter, ms: number, options?: FaultOptions): Fault {
    return this.stanzas.add({ filter, kind: 'delay', ms }, options);
  }

  /** Acted on and answered only once it is released. */
  hold(filter: StanzaFilter, options?: FaultOptions): HeldFault {
    const gate = new AbortController();
    const released = once(gate.signal, 'abort').then(() => undefined);
    return Object.assign(this.stanzas.add({ filter, kind: 'hold', released }, options), {
      release: () => gate.abort(),
    });
  }

  /** The query is refused. */
  iqError(filter: StanzaFilter, code: number, text: string, options: FaultOptions & RefusalTerms = {}): Fault {
    const { backoff, expiration } = options;
    const terms = { ...(backoff !== undefined && { backoff }), ...(expiration !== undefined && { expiration }) };
    return this.stanzas.add({ filter, kind: 'error', code, text, ...terms }, options);
  }

  /**
   * Queries (those that change groups, unless said) are refused because the account is restricted: 463. `until`: epoch
   * seconds; where the true server puts that is a guess, and a switch.
   */
  restrict(filter: StanzaFilter = CHANGES, options: FaultOptions & { until?: number } = {}): Fault {
    const { until } = options;
    const told = until !== undefined && this.world.switches.tellsRestrictionEnd;
    return this.iqError(filter, RESTRICTED, 'account-restricted', { ...options, ...(told && { expiration: until }) });
  }

  /** The message is refused: not delivered, and acknowledged with an error (479 malformed, 463 account restricted). */
  nack(code: number, { phone, to }: Pick<StanzaFilter, 'phone' | 'to'> = {}, options?: FaultOptions): Fault {
    const filter = { tag: 'message', ...(phone !== undefined && { phone }), ...(to !== undefined && { to }) };
    return this.stanzas.add({ filter, kind: 'nack', code }, options);
  }

  /** The line is cut when the stanza arrives, which is not acted on. */
  closeOn(filter: StanzaFilter, options?: FaultOptions): Fault {
    return this.stanzas.add({ filter, kind: 'close' }, options);
  }

  /** The stanza is acted on, and the line cut instead of an answer. */
  actThenClose(filter: StanzaFilter, options?: FaultOptions): Fault {
    return this.stanzas.add({ filter, kind: 'actThenClose' }, options);
  }

  /** The stanza is acted on and never answered. */
  actThenSilence(filter: StanzaFilter, options?: FaultOptions): Fault {
    return this.stanzas.add({ filter, kind: 'actThenSilence' }, options);
  }

  /**
   * What this participant is answered with, whatever the rules say; to one `action` only, where it is given. 403 and 408
   * come with an `add_request` where they refuse an add.
   */
  participantError(
    phoneOrLid: string,
    code: number,
    options: FaultOptions & { action?: ParticipantAction } = {},
  ): Fault {
    const { action } = options;
    return this.participants.add({ address: phoneOrLid, code, ...(action !== undefined && { action }) }, options);
  }

  /** The websocket's upgrade is answered with this HTTP status, and the socket closed. */
  refuseUpgrade(status: number, options?: FaultOptions): Fault {
    return this.upgrades.add({ status }, options);
  }

  /** The TCP connection is taken and the upgrade never answered. */
  hangUpgrade(options?: FaultOptions): Fault {
    return this.upgrades.add('hang', options);
  }

  /** `<failure reason>` instead of a login, or (no phone) instead of a QR, too. */
  failOnLogin(phone: string | undefined, reason: number, options?: FaultOptions): Fault {
    return this.logins.add({ kind: 'fail', reason, ...(phone !== undefined && { phone }) }, options);
  }

  /** The login succeeds and another connection takes it over at once. */
  conflictOnLogin(phone: string, options?: FaultOptions): Fault {
    return this.logins.add({ kind: 'conflict', phone }, options);
  }

  /**
   * Forges a part of what the server shows: `leaf` and `intermediate` in the next handshakes, `adv` (the account's
   * signature) and `hmac` in the next linking; `serverHello` answers the handshake with bytes that mean nothing.
   */
  tamper(part: Tampering, options?: FaultOptions): Fault {
    return this.forgeries.add(part, options);
  }

  /** Ends the open streams of the account, now. */
  streamError(phone: string, error: StreamError): void {
    for (const connection of this.connections(phone)) endStream(connection, error);
  }

  /** Sends a frame that cannot be decrypted, now. */
  garbage(phone: string): void {
    for (const connection of this.connections(phone)) connection.sendGarbage();
  }

  /** Says nothing more to the account's devices, those that connect later included: not even to a ping. Until `unmute`. */
  mute(phone: string): void {
    this.muted.add(phone);
    for (const connection of this.connections(phone)) connection.muted = true;
  }

  /** Speaks to the account's devices again; what was kept back meanwhile comes at the next login. */
  unmute(phone: string): void {
    this.muted.delete(phone);
    for (const connection of this.connections(phone)) connection.muted = false;
  }

  /** Reads nothing more from the open connections of the account, the websocket's closing handshake included. */
  freeze(phone: string): void {
    for (const connection of this.connections(phone)) connection.freeze();
  }

  /** Cuts every line (of the account), now. */
  dropAll(phone?: string): void {
    for (const connection of this.connections(phone)) connection.drop();
  }

  /** Ends every planned fault, and lets muted and frozen connections go on. */
  clear(): void {
    for (const plan of [this.stanzas, this.logins, this.upgrades, this.forgeries, this.participants]) plan.clear();
    this.muted.clear();
    for (const connection of this.connections()) {
      connection.muted = false;
      connection.thaw();
    }
  }

  forStanza(phone: string | undefined, stanza: StanzaNode): StanzaFault | undefined {
    return this.stanzas.take(({ filter }) => matchesStanza(filter, phone, stanza));
  }

  forLogin(kind: LoginFault['kind'], phone?: string): LoginFault | undefined {
    return this.logins.take((fault) => fault.kind === kind && (fault.phone === undefined || fault.phone === phone));
  }

  forUpgrade(): UpgradeFault | undefined {
    return this.upgrades.take(() => true);
  }

  forgery<T extends Tampering>(...parts: T[]): T | undefined {
    const wanted: readonly string[] = parts;
    return this.forgeries.take((part) => wanted.includes(part)) as T | undefined;
  }

  isMuted(phone: string): boolean {
    return this.muted.has(phone);
  }

  private imposedCode(address: string, action: ParticipantAction): number | undefined {
    const account = this.world.directory.find(address);
    return this.participants.take(
      (fault) =>
        (fault.action === undefined || fault.action === action) &&
        (fault.address === address || (account !== undefined && this.world.directory.find(fault.address) === account)),
    )?.code;
  }
}
