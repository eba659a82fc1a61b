import ipaddr from 'ipaddr.js';
import { isIP } from 'node:net';

const IPV4_BITS = 32;
const IPV6_BITS = 128;
const MAPPED_BITS = IPV6_BITS - IPV4_BITS;

export type Address = ipaddr.IPv4 | ipaddr.IPv6;
/** A network: its address and how many of its bits count. */
export type Range = [Address, number];

/** An address alone is a range of one; an IPv4 range in its IPv6 form is the IPv4 range. Throws for anything else. */
export function parseRange(text: string): Range {
  const [address, bits] = isIP(text) === 0 ? ipaddr.parseCIDR(text) : rangeOfOne(ipaddr.parse(text));
  if (address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() && bits >= MAPPED_BITS) {
    return [address.toIPv4Address(), bits - MAPPED_BITS];
  }
  return [address, bits];
}

export function isWithin(address: Address, ranges: readonly Range[]): boolean {
  return ranges.some((range) => range[0].kind() === address.kind() && address.match(range));
}

function rangeOfOne(address: Address): Range {
  return [address, address instanceof ipaddr.IPv4 ? IPV4_BITS : IPV6_BITS];
}
