import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, type JWK, type CryptoKey } from 'jose';

const ALGORITHM = 'ES256';
const KEY_ID = 'demo';
const AUDIENCE = 'whats-gateway-demo';

/** Stands in for the front end that mints login tokens: it publishes its key, and signs a token for any role. */
export class LoginIssuer {
  private constructor(
    private readonly server: Server,
    private readonly key: CryptoKey,
  ) {}

  static async start(): Promise<LoginIssuer> {
    const { privateKey, publicKey } = await generateKeyPair(ALGORITHM);
    const jwk: JWK = { ...(await exportJWK(publicKey)), kid: KEY_ID, alg: ALGORITHM, use: 'sig' };
    const body = JSON.stringify({ keys: [jwk] });
    const server = createServer((_, response) => response.setHeader('content-type', 'application/json').end(body));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(0, '127.0.0.1', resolve);
    });
    return new LoginIssuer(server, privateKey);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** What the gateway needs to trust these tokens. */
  get environment(): Record<string, string> {
    return { AUTH_JWKS_URI: `${this.url}/jwks`, AUTH_ISSUER: this.url, AUTH_AUDIENCE: AUDIENCE };
  }

  token(role: string, organization: string): Promise<string> {
    return new SignJWT({ org: organization, role })
      .setProtectedHeader({ alg: ALGORITHM, kid: KEY_ID })
      .setSubject(`demo-${role}`)
      .setIssuer(this.url)
      .setAudience(AUDIENCE)
      .setIssuedAt()
      .setExpirationTime('24h')
      .sign(this.key);
  }

  stop(): void {
    this.server.close();
  }
}
