import type { Request } from 'express';
import { timingSafeEqual } from 'node:crypto';
import { Strategy } from 'passport-custom';
import type { ApiKeyUsage } from './api-key-usage.js';
import { parseApiKey } from './api-key.js';
import type { KnownApiKeys } from './known-api-keys.js';
import { presentedToken } from './presented-token.js';
import type { Principal } from './principal.js';

/** A script's api-key, in `Authorization` or in `x-api-key`. */
export class ApiKeyStrategy extends Strategy {
  constructor(keys: KnownApiKeys, usage: ApiKeyUsage) {
    super((request, done) => {
      authenticate(request, keys).then(
        (principal) => {
          if (principal) usage.used(principal.id);
          done(null, principal);
        },
        (error: unknown) => done(error),
      );
    });
  }
}

async function authenticate(request: Request, keys: KnownApiKeys): Promise<Principal | undefined> {
  const presented = parseApiKey(presentedToken(request) ?? '');
  const known = presented && (await keys.find(presented.id));
  if (!known || !timingSafeEqual(presented.hash, known.secretHash)) return undefined;
  if ((known.principal.expiresAt ?? Infinity) <= Date.now()) return undefined;
  if (known.networks && !known.networks.includes(request.ip ?? '')) return undefined;
  return known.principal;
}
