import ipaddr from 'ipaddr.js';
import { isIP } from 'node:net';
import { z } from 'zod';
import { parseWhatsAppVersion } from './whatsapp-version.js';

const KEY_BYTES = 32;

function parseUrl(value: string): URL | undefined {
  return URL.canParse(value) ? new URL(value) : undefined;
}

export const port = z
  .string()
  .regex(/^\d{1,5}$/)
  .transform(Number)
  .refine((value) => value <= 65_535);

export const count = z
  .string()
  .regex(/^\d{1,9}$/)
  .transform(Number);

export function url(...protocols: string[]): z.ZodType<string> {
  return z.string().refine((value) => {
    const parsed = parseUrl(value);
    return parsed !== undefined && protocols.includes(parsed.protocol) && parsed.hostname !== '';
  });
}

/** A connection string: may name no host (a socket) or several, so only its scheme is looked at. */
export const databaseUrl = z.string().regex(/^postgres(ql)?:\/\/\S+$/);

export const base64Key = z
  .string()
  .regex(/^[A-Za-z0-9+/_-]{43}=?$/)
  .transform((value) => Buffer.from(value, 'base64'))
  .refine((key) => key.length === KEY_BYTES);

export const hexKey = z
  .string()
  .regex(/^[0-9a-fA-F]{64}$/)
  .transform((value) => Buffer.from(value, 'hex'));

export const whatsAppVersion = z
  .string()
  .transform(parseWhatsAppVersion)
  .refine((version) => version !== undefined);

export const commaSeparated = z.string().transform((value) =>
  value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== ''),
);

export const networks = commaSeparated.refine((items) => items.every(isNetwork));

export const origins = commaSeparated.refine((items) => items.every((item) => item === '*' || isOrigin(item)));

function isNetwork(item: string): boolean {
  const [address = ''] = item.split('/', 1);
  // A zone (`fe80::1%eth0`) names an interface, not a network.
  return isIP(address) !== 0 && !item.includes('%') && (address === item || ipaddr.isValidCIDR(item));
}

function isOrigin(item: string): boolean {
  const parsed = parseUrl(item);
  return parsed !== undefined && /^https?:$/.test(parsed.protocol) && parsed.origin === item;
}

/** Whether nothing outside this machine can be reached by the URL. */
export function isLoopback(value: string): boolean {
  const host = parseUrl(value)?.hostname.replace(/^\[|\]$/g, '') ?? '';
  return host === 'localhost' || (isIP(host) !== 0 && ipaddr.parse(host).range() === 'loopback');
}
