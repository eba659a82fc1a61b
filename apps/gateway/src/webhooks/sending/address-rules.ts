import ipaddr from 'ipaddr.js';
import { isIP } from 'node:net';
import { type Address, isWithin, parseAddress, parseRange, type Range } from './address-ranges.js';

/**
 * What IANA's special-purpose registries keep off the public internet, whatever a host name says. IPv4 addresses within
 * IPv6 ones are matched as what they are.
 */
const NOT_PUBLIC = [
  '0.0.0.0/8', // this network, unspecified
  '10.0.0.0/8', // private
  '100.64.0.0/10', // behind a carrier's NAT; metadata at 100.100.100.200
  '127.0.0.0/8', // loopback
  '168.63.129.16/32', // the host of a virtual machine on Azure, metadata
  '169.254.0.0/16', // link-local; metadata at 169.254.169.254
  '172.16.0.0/12', // private
  '192.0.0.0/24', // protocol assignments; metadata at 192.0.0.192
  '192.0.2.0/24', // documentation
  '192.88.99.0/24', // 6to4 relays
  '192.168.0.0/16', // private
  '198.18.0.0/15', // benchmarks
  '198.51.100.0/24', // documentation
  '203.0.113.0/24', // documentation
  '224.0.0.0/4', // multicast
  '240.0.0.0/4', // reserved, broadcast
  '2001::/23', // protocol assignments: Teredo, benchmarks, ORCHID
  '2001:db8::/32', // documentation
  '2002::/16', // 6to4
  '3fff::/20', // documentation
].map(parseRange);

/** All of IPv6 that is given out to the public; loopback, unique local, link-local, multicast and the rest lie outside. */
const GLOBAL_UNICAST = parseRange('2000::/3');

/** IPv4 through a translator: where the host has IPv6 only, public names resolve to these (RFC 6052). */
const NAT64 = parseRange('64:ff9b::/96');
const IPV4_BYTES = 4;

/** Which addresses webhooks may reach: public ones, and those that the operator lists. */
export class AddressRules {
  private readonly listed: readonly Range[];

  /** `allowPrivate`: addresses and CIDRs; throws where one is neither. */
  constructor(allowPrivate: readonly string[] = []) {
    this.listed = allowPrivate.map(parseRange);
  }

  /** Whether a connection to this address may be made. What is no address is refused. */
  allows(address: string): boolean {
    if (isIP(address) === 0) return false;
    const reached = withoutMapping(parseAddress(address));
    return isWithin(reached, this.listed) || isPublic(reached);
  }
}

/** A socket to a mapped address is one to the IPv4 address. */
function withoutMapping(address: Address): Address {
  return address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() ? address.toIPv4Address() : address;
}

function isPublic(address: Address): boolean {
  if (isWithin(address, NOT_PUBLIC)) return false;
  if (address instanceof ipaddr.IPv4) return true;
  if (isWithin(address, [NAT64])) return isPublic(new ipaddr.IPv4(address.toByteArray().slice(-IPV4_BYTES)));
  return isWithin(address, [GLOBAL_UNICAST]);
}
