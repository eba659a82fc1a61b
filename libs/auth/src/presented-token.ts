import type { IncomingMessage } from 'node:http';

const BEARER = /^bearer +(\S+) *$/i;
const API_KEY_PREFIX = 'wa_';

/** What the caller presents. With both headers sent, `Authorization` decides, whatever it holds. */
export function presentedToken({ headers }: IncomingMessage): string | undefined {
  if (headers.authorization !== undefined) return BEARER.exec(headers.authorization)?.[1];
  const key = headers['x-api-key'];
  // Only api-keys are taken from this header.
  return typeof key === 'string' && key.startsWith(API_KEY_PREFIX) ? key : undefined;
}

/** The login JWT that the caller presents; `null` where it is an api-key or nothing. */
export function presentedJwt(request: IncomingMessage): string | null {
  const token = presentedToken(request);
  return token === undefined || token.startsWith(API_KEY_PREFIX) ? null : token;
}
