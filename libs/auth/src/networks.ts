import ipaddr from 'ipaddr.js';
import { isIP } from 'node:net';

type Network = [ipaddr.IPv4 | ipaddr.IPv6, number];

/** A list of CIDRs, ready to be matched. */
export class Networks {
  private readonly networks: readonly Network[];

  /** Throws for anything that is not a CIDR. */
  constructor(cidrs: readonly string[]) {
    this.networks = cidrs.map(parseCidr);
  }

  /** An IPv4 address is the same in its IPv6 form (`::ffff:10.0.0.1`). What is no address is in no network. */
  includes(address: string): boolean {
    if (!ipaddr.isValid(address)) return false;
    const parsed = ipaddr.process(address);
    return this.networks.some((network) => network[0].kind() === parsed.kind() && parsed.match(network));
  }
}

/** Whether every address of `inner` is in `outer`. */
export function containsNetwork(outer: string, inner: string): boolean {
  const [outerBase, outerBits] = parseCidr(outer);
  const [innerBase, innerBits] = parseCidr(inner);
  return outerBase.kind() === innerBase.kind() && outerBits <= innerBits && innerBase.match([outerBase, outerBits]);
}

/** `010.0.0.0/8` and `10/8` are none: they mean one network to some programs and another to others. */
export function isCidr(text: string): boolean {
  const [address = ''] = text.split('/', 1);
  return isIP(address) !== 0 && ipaddr.isValidCIDR(text);
}

const MAPPED_BITS = 96;

function parseCidr(text: string): Network {
  const [address, bits] = ipaddr.parseCIDR(text);
  if (address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() && bits >= MAPPED_BITS) {
    return [address.toIPv4Address(), bits - MAPPED_BITS];
  }
  return [address, bits];
}
