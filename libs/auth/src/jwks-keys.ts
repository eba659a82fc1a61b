import { JwksClient } from 'jwks-rsa';
import { createPublicKey, type KeyObject } from 'node:crypto';
import type { Logger } from 'pino';
import { RefreshBudget } from './refresh-budget.js';

export interface VerificationKey {
  key: KeyObject;
  /** The one algorithm that the key is for, where its JWK names one. */
  alg?: string;
}

/** The keys could not be fetched, so that nothing can be said about the token. */
export class JwksUnavailableError extends Error {
  constructor(options?: ErrorOptions) {
    super('the keys of the token issuer cannot be fetched', options);
    this.name = 'JwksUnavailableError';
  }
}

const FETCH_TIMEOUT_MS = 5_000;
/** How old keys may get before they are fetched again, and how old while that fails. */
const FRESH_MS = 10 * 60_000;
const USABLE_MS = 60 * 60_000;

/**
 * The signing keys of the token issuer, by `kid`. The whole set is fetched at once and kept: an unknown `kid` fetches it
 * again, within a budget that made-up ids can use up but not exceed, and never at the expense of the known ones.
 */
export class JwksKeys {
  private readonly client: JwksClient;
  private readonly budget = new RefreshBudget();
  private keys: ReadonlyMap<string, VerificationKey> = new Map();
  private fetchedAt = -Infinity;
  private lastFailure?: Error;
  private pending?: Promise<void>;

  constructor(
    jwksUri: string,
    private readonly logger: Logger,
  ) {
    this.client = new JwksClient({ jwksUri, cache: false, rateLimit: false, fetcher: fetchJwks });
  }

  /** `undefined`: no such key. Throws `JwksUnavailableError` when that cannot be known. */
  async find(kid: string): Promise<VerificationKey | undefined> {
    const known = this.usable(kid);
    if (known) {
      if (this.age() >= FRESH_MS) void this.refresh();
      return known;
    }
    await this.refresh();
    if (this.lastFailure) throw new JwksUnavailableError({ cause: this.lastFailure });
    return this.usable(kid);
  }

  private age(): number {
    return Date.now() - this.fetchedAt;
  }

  private usable(kid: string): VerificationKey | undefined {
    return this.age() < USABLE_MS ? this.keys.get(kid) : undefined;
  }

  /** One fetch at a time, however many ask. Never rejects: a failure is logged and remembered. */
  private refresh(): Promise<void> {
    if (!this.pending && this.budget.take()) {
      this.pending = this.fetch().finally(() => {
        this.pending = undefined;
      });
    }
    return this.pending ?? Promise.resolve();
  }

  private async fetch(): Promise<void> {
    try {
      const found = await this.client.getSigningKeys();
      this.keys = new Map(found.map((key) => [key.kid, { key: createPublicKey(key.getPublicKey()), alg: algOf(key) }]));
      this.fetchedAt = Date.now();
      this.lastFailure = undefined;
    } catch (error) {
      this.lastFailure = error instanceof Error ? error : new Error(String(error));
      this.logger.warn({ err: this.lastFailure }, 'the JWKS cannot be fetched: login tokens are refused');
    }
  }
}

/** jwks-rsa has it from the JWK, or not at all. */
function algOf(key: { alg?: string }): string | undefined {
  return key.alg;
}

/** jwks-rsa's own request can hang when an answer stops halfway. */
async function fetchJwks(uri: string): Promise<{ keys: never }> {
  const response = await fetch(uri, { signal: AbortSignal.timeout(FETCH_TIMEOUT_MS), redirect: 'error' });
  if (!response.ok) throw new Error(`the JWKS endpoint answered ${response.status}`);
  return (await response.json()) as { keys: never };
}
