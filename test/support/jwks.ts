import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTHeaderParameters, SignJWT } from 'jose';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface TokenOptions {
  /** Beside `sub`, `iss`, `aud`, `iat` and `exp`; `undefined` leaves one of these out. */
  claims?: Record<string, unknown>;
  header?: Partial<JWTHeaderParameters>;
  alg?: string;
  /** Seconds from now until `exp`; 300 unless given. */
  expiresIn?: number;
}

interface SigningKey {
  privateKey: CryptoKey;
  jwk: JWK;
}

export const AUDIENCE = 'whats-gateway-test';

/** A front end that mints login tokens and publishes its keys, over HTTP. */
export class TestIssuer {
  /** How often the keys were fetched. */
  fetches = 0;
  /** While set, the keys cannot be fetched. */
  away = false;
  private readonly keys = new Map<string, SigningKey>();
  private made = 0;

  private constructor(private readonly server: Server) {}

  static async start(): Promise<TestIssuer> {
    const server = createServer();
    const issuer = new TestIssuer(server);
    server.on('request', (_, response) => {
      issuer.fetches += 1;
      response.statusCode = issuer.away ? 503 : 200;
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ keys: [...issuer.keys.values()].map(({ jwk }) => jwk) }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return issuer;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get jwksUri(): string {
    return `${this.url}/jwks.json`;
  }

  /** The published key of an algorithm, made on first use. `jwk` replaces what is published of it. */
  async key(alg: string, jwk: Partial<JWK> = {}): Promise<SigningKey> {
    const known = this.keys.get(alg);
    if (known) return known;
    const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
    this.made += 1;
    const published = { ...(await exportJWK(publicKey)), kid: `${alg}-${this.made}`, alg, use: 'sig', ...jwk };
    const key = { privateKey, jwk: published };
    this.keys.set(alg, key);
    return key;
  }

  /** Withdraws every key; the next tokens are signed with new ones. */
  rotate(): void {
    this.keys.clear();
  }

  async token({ claims, header, alg = 'ES256', expiresIn = 300 }: TokenOptions = {}): Promise<string> {
    const { privateKey, jwk } = await this.key(alg);
    const now = Math.floor(Date.now() / 1000);
    const payload = { sub: 'person', iss: this.url, aud: AUDIENCE, iat: now, exp: now + expiresIn, ...claims };
    return new SignJWT(payload).setProtectedHeader({ alg, kid: jwk.kid, ...header }).sign(privateKey);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
