import { isIP } from 'node:net';
import type { AddressRules } from './address-rules.js';

const LOOPBACK = ['127.0.0.1', '::1'];

/** `undefined` for what no webhook can be sent to: another scheme, or a user name or password, which would be readable. */
export function parseTarget(text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const isSupported = ['http:', 'https:'].includes(url.protocol) && url.username === '' && url.password === '';
  return isSupported ? url : undefined;
}

/** The host as a socket takes it: an IPv6 address without its brackets. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '');
}

/**
 * What is wrong with a webhook's URL, as far as it tells by itself: addresses in any notation and names of this machine.
 * Where other names lead is seen only at each connection.
 */
export function refusalOf(text: string, rules: AddressRules): 'unsupported_url' | 'address_refused' | undefined {
  const url = parseTarget(text);
  if (!url) return 'unsupported_url';
  const host = hostOf(url);
  const addresses = isIP(host) !== 0 ? [host] : /(^|\.)localhost\.?$/.test(host) ? LOOPBACK : undefined;
  return addresses === undefined || addresses.some((address) => rules.allows(address)) ? undefined : 'address_refused';
}
