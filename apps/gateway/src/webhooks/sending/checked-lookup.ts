import type { LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import type { AddressRules } from './address-rules.js';
import { AttemptFailure } from './attempt.js';

/** Every address of a host, in the order in which to try them. Rejects for a name that leads nowhere. */
export type Resolve = (hostname: string) => Promise<readonly LookupAddress[]>;

/**
 * A resolution that gives a socket nothing but addresses that `rules` allow. The socket connects to what it is given
 * without resolving again, so a name that leads elsewhere a moment later gains nothing.
 */
export function checkedLookup(rules: AddressRules, resolve: Resolve): LookupFunction {
  const resolveOnce = shared(resolve);
  return (hostname, options, callback) => {
    allowedAddresses(hostname, rules, resolveOnce).then(
      (addresses) => {
        const [{ address, family }] = addresses;
        if (options.all) callback(null, addresses);
        else callback(null, address, family);
      },
      (error: AttemptFailure) => callback(error, []),
    );
  };
}

async function allowedAddresses(
  hostname: string,
  rules: AddressRules,
  resolve: Resolve,
): Promise<[LookupAddress, ...LookupAddress[]]> {
  const addresses = await resolve(hostname).catch((error: unknown) => {
    throw new AttemptFailure('dns_failed', { cause: error });
  });
  if (addresses.length === 0) throw new AttemptFailure('dns_failed');
  const [first, ...others] = addresses.filter(({ address }) => rules.allows(address));
  if (!first) throw new AttemptFailure('address_refused');
  return [first, ...others];
}

/** Who asks for a name that is being resolved gets the same answer: all lanes of a webhook connect at the same moment. */
function shared(resolve: Resolve): Resolve {
  const underway = new Map<string, ReturnType<Resolve>>();
  return (hostname) => {
    const known = underway.get(hostname);
    if (known) return known;
    const asked = resolve(hostname).finally(() => underway.delete(hostname));
    underway.set(hostname, asked);
    return asked;
  };
}
