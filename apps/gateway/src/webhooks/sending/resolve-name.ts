import { CONNREFUSED, NODATA, NOTFOUND, type LookupAddress } from 'node:dns';
import { lookup, Resolver } from 'node:dns/promises';
import pLimit from 'p-limit';
import type { Resolve } from './checked-lookup.js';

/** Four seconds in all, since the second try is given longer: sooner than a connection is given up. */
const QUERY = { timeout: 1_000, tries: 2 };
/** DNS has no address of that name, or there is no DNS. */
const UNKNOWN: readonly unknown[] = [NOTFOUND, NODATA, CONNREFUSED];
const LOCALHOST = /(^|\.)localhost\.?$/i;
const LOOPBACK: readonly LookupAddress[] = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
];

export interface NameOptions {
  /**
   * Whether a name that DNS does not know may be one of the machine's hosts file or search domains. Such names are asked
   * for one at a time.
   */
  ownNames: boolean;
  /** `address:port` of the DNS servers; those of the machine unless given. */
  servers?: readonly string[];
}

/**
 * Resolves by DNS, over sockets of its own. The machine's resolver takes one of two threads that the whole process has for
 * it, for as long as the servers of a name are silent: two such names, and nobody gets anywhere, not even the gateway to
 * its database. So it is asked only for names of the operator's own network, and leaves one thread free.
 *
 * The addresses are IPv4 first, which is what every machine can reach. Rejects with the error of the DNS.
 */
export function nameResolver({ ownNames, servers }: NameOptions): Resolve {
  const oneByOne = pLimit(1);
  return async (hostname) => {
    // What DNS says of it is nobody's business (RFC 6761).
    if (LOCALHOST.test(hostname)) return LOOPBACK;
    try {
      return await query(hostname, servers);
    } catch (error) {
      if (!ownNames || !UNKNOWN.includes((error as NodeJS.ErrnoException).code)) throw error;
      return oneByOne(() => lookup(hostname, { all: true }));
    }
  };
}

/** Each with a resolver of its own, which sends from a port that nobody can guess and knows the servers of this moment. */
async function query(hostname: string, servers?: readonly string[]): Promise<LookupAddress[]> {
  const resolver = new Resolver(QUERY);
  if (servers) resolver.setServers(servers);
  const [four, six] = await Promise.allSettled([resolver.resolve4(hostname), resolver.resolve6(hostname)]);
  if (four.status === 'rejected' && six.status === 'rejected') throw worse(four.reason, six.reason);
  return [...addressesOf(four, 4), ...addressesOf(six, 6)];
}

/** That one kind does not exist says little when the other kind was not answered. */
function worse(one: unknown, other: unknown): unknown {
  return UNKNOWN.includes((one as NodeJS.ErrnoException).code) ? other : one;
}

function addressesOf(answer: PromiseSettledResult<string[]>, family: number): LookupAddress[] {
  return answer.status === 'rejected' ? [] : answer.value.map((address) => ({ address, family }));
}
