import { Agent as HttpAgent, type AgentOptions } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { isIP } from 'node:net';
import type { AddressRules } from './address-rules.js';
import { AttemptFailure } from './attempt.js';
import { checkedLookup, type Resolve } from './checked-lookup.js';

/** Sooner than servers close what idles (Node after 5 s), so that few requests go into a connection that closes. */
const IDLE_MS = 4_000;
const IDLE_PER_ORIGIN = 16;
const IDLE_IN_ALL = 256;
/** How long one address of a host is tried before the next one is, too; Node's own 250 ms give up on distant hosts. */
const NEXT_ADDRESS_MS = 1_000;

export interface ConnectionOptions {
  rules: AddressRules;
  resolve: Resolve;
  /** Certificates to trust instead of the usual ones, PEM. */
  ca?: string;
  /** How many connections may wait for a request, to one origin and to all. */
  idlePerOrigin?: number;
  idleInAll?: number;
}

/** Connections to webhooks' hosts: made to allowed addresses only, kept open for a while, bounded while they idle. */
export class Connections {
  private readonly kept: readonly [HttpAgent, HttpsAgent];
  private readonly fresh: readonly [HttpAgent, HttpsAgent];

  constructor({ rules, resolve, ca, idlePerOrigin = IDLE_PER_ORIGIN, idleInAll = IDLE_IN_ALL }: ConnectionOptions) {
    const lookup = checkedLookup(rules, resolve);
    const agents = (options: AgentOptions): [HttpAgent, HttpsAgent] => {
      const common = { lookup, autoSelectFamilyAttemptTimeout: NEXT_ADDRESS_MS, ...options };
      return [new HttpAgent(common), new HttpsAgent({ ...common, ca, rejectUnauthorized: true })];
    };
    this.kept = agents({ keepAlive: true, maxFreeSockets: idlePerOrigin, timeout: IDLE_MS });
    this.fresh = agents({ keepAlive: false });
    for (const agent of [...this.kept, ...this.fresh]) refuseAddresses(agent, rules);
    for (const agent of this.kept) keepOnlyWhile(agent, () => this.idle < idleInAll);
  }

  /** For one request to `url`; with `fresh`, on a connection that served nobody before. */
  agentFor(url: URL, { fresh }: { fresh: boolean }): HttpAgent {
    const [http, https] = fresh ? this.fresh : this.kept;
    return url.protocol === 'https:' ? https : http;
  }

  /** How many connections wait for a request. */
  get idle(): number {
    const waiting = this.kept.flatMap(({ freeSockets }) => Object.values(freeSockets));
    return waiting.reduce((sum, sockets) => sum + (sockets?.length ?? 0), 0);
  }

  close(): void {
    for (const agent of [...this.kept, ...this.fresh]) agent.destroy();
  }
}

/** An address in the URL itself is never looked up: it is checked here. */
function refuseAddresses(agent: HttpAgent, rules: AddressRules): void {
  const connect = agent.createConnection.bind(agent);
  agent.createConnection = (options, callback) => {
    const host = options.host ?? '';
    if (isIP(host) === 0 || rules.allows(host)) return connect(options, callback);
    throw new AttemptFailure('address_refused');
  };
}

function keepOnlyWhile(agent: HttpAgent, mayIdle: () => boolean): void {
  const keep = agent.keepSocketAlive.bind(agent) as HttpAgent['keepSocketAlive'] & (() => unknown);
  agent.keepSocketAlive = (socket) => mayIdle() && keep(socket);
}
