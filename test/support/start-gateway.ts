import { createGateway, type Gateway } from '../../apps/gateway/src/create-gateway.js';
import { type Capability, newApiKey } from '#auth';
import { type GatewayConfig, loadConfig } from '#config';
import { createLogger } from '#http';
import { ApiKeyRepository, type NewApiKey } from '#store';
import { cloneDatabase, type TestDatabase } from './database.js';
import { AUDIENCE, TestIssuer, type TokenOptions } from './jwks.js';

export interface StartOptions {
  simulator?: { readonly url: string; readonly rootKey: string };
  /** Environment variables beside those that the test needs. */
  environment?: Record<string, string>;
}

export interface Answer {
  status: number;
  headers: Headers;
  /** Parsed where it is JSON, else text; `undefined` where there is none. */
  body: unknown;
  raw: Buffer;
}

export interface Sent {
  /** JWT or api-key. */
  token?: string;
  /** Sent as JSON unless it is text already. */
  body?: unknown;
  headers?: Record<string, string>;
}

export type KeyOptions = Partial<Pick<NewApiKey, 'organizationId' | 'sessionIds' | 'allowedCidrs' | 'expiresAt'>>;

const CREDENTIALS_KEY = Buffer.alloc(32, 1).toString('base64');

/** A whole gateway on a database of its own. */
export class TestGateway {
  /** Every line of its log. */
  readonly log: Record<string, unknown>[] = [];
  private running: Gateway;

  private constructor(
    readonly database: TestDatabase,
    readonly issuer: TestIssuer,
    readonly config: GatewayConfig,
  ) {}

  static async start({ simulator, environment }: StartOptions): Promise<TestGateway> {
    const [database, issuer] = await Promise.all([cloneDatabase(), TestIssuer.start()]);
    const config = loadConfig({
      PORT: '0',
      DATABASE_URL: database.url,
      CREDENTIALS_KEY,
      AUTH_JWKS_URI: issuer.jwksUri,
      AUTH_ISSUER: issuer.url,
      AUTH_AUDIENCE: AUDIENCE,
      // Tests poll; those of the limit set it.
      RATE_LIMIT_PER_MINUTE: '0',
      ...(simulator && { WHATSAPP_URL: simulator.url, WHATSAPP_ROOT_KEY: simulator.rootKey }),
      ...environment,
    });
    const gateway = new TestGateway(database, issuer, config);
    await gateway.open();
    return gateway;
  }

  get url(): string {
    return this.running.url;
  }

  get app(): Gateway['app'] {
    return this.running.app;
  }

  async request(method: string, path: string, { token, body, headers }: Sent = {}): Promise<Answer> {
    const response = await fetch(this.url + path, {
      method,
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body),
    });
    const raw = Buffer.from(await response.arrayBuffer());
    return { status: response.status, headers: response.headers, body: bodyOf(response, raw), raw };
  }

  /** An api-key of the organization `default` unless said otherwise. */
  async apiKey(capabilities: readonly Capability[], options: KeyOptions = {}): Promise<string> {
    const { id, secret, hash: secretHash } = newApiKey();
    const key = { id, secretHash, organizationId: 'default', name: 'test', capabilities, ...options };
    await this.app.get(ApiKeyRepository).create(key);
    return secret;
  }

  /** A person's login token: `{ org: 'default', role: 'owner' }` unless said otherwise. */
  jwt(claims: Record<string, unknown> = {}, options: Omit<TokenOptions, 'claims'> = {}): Promise<string> {
    return this.issuer.token({ ...options, claims: { org: 'default', role: 'owner', ...claims } });
  }

  /** Stops it and starts another one on the same database; `url` is a new one. */
  async restart(): Promise<void> {
    await this.running.close();
    await this.open();
  }

  async close(): Promise<void> {
    await this.running.close();
    await this.issuer.stop();
    await this.database.drop();
  }

  private async open(): Promise<void> {
    const { databaseUrl: url, credentialsKey: current } = this.config;
    if (url === undefined || current === undefined) throw new Error('the test configuration lacks its database');
    const write = (line: string): void => void this.log.push(JSON.parse(line) as Record<string, unknown>);
    const logger = createLogger(this.config, { write });
    this.running = await createGateway({ config: this.config, logger, store: { url, credentialsKeys: { current } } });
  }
}

export function startGateway(options: StartOptions = {}): Promise<TestGateway> {
  return TestGateway.start(options);
}

function bodyOf({ headers }: Response, raw: Buffer): unknown {
  if (raw.length === 0) return undefined;
  const isJson = headers.get('content-type')?.startsWith('application/json');
  return isJson ? (JSON.parse(raw.toString()) as unknown) : raw.toString();
}
