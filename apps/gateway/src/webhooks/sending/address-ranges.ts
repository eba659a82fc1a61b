import ipaddr from 'ipaddr.js';
import { isIPv6 } from 'node:net';

const IPV4_BITS = 32;
const IPV6_BITS = 128;
const MAPPED_BITS = IPV6_BITS - IPV4_BITS;

export type Address = ipaddr.IPv4 | ipaddr.IPv6;
/** A network: its address and how many of its bits count. */
export type Range = [Address, number];

/** What `node:net` takes for an IP address, as it is: an IPv6 address that maps an IPv4 one stays IPv6. */
export function parseAddress(text: string): Address {
  return isIPv6(text) ? ipaddr.IPv6.parse(withoutDots(text)) : ipaddr.IPv4.parse(text);
}

/** An address alone is a range of one; an IPv4 range in its IPv6 form is the IPv4 range. Throws for anything else. */
export function parseRange(text: string): Range {
  const [alone = '', length] = text.split('/');
  const address = parseAddress(alone);
  const bits = length === undefined ? bitsOf(address) : ipaddr.parseCIDR(text)[1];
  if (address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() && bits >= MAPPED_BITS) {
    return [address.toIPv4Address(), bits - MAPPED_BITS];
  }
  return [address, bits];
}

export function isWithin(address: Address, ranges: readonly Range[]): boolean {
  return ranges.some((range) => range[0].kind() === address.kind() && address.match(range));
}

function bitsOf(address: Address): number {
  return address instanceof ipaddr.IPv4 ? IPV4_BITS : IPV6_BITS;
}

/** ipaddr.js takes `::8.8.8.8` for `::ffff:8.8.8.8`; the machine does not. A zone says which interface, not which address. */
function withoutDots(ipv6: string): string {
  const [address = ''] = ipv6.split('%', 1);
  return new URL(`http://[${address}]`).hostname.slice(1, -1);
}
