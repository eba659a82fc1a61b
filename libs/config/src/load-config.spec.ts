import { describe, expect, it } from '@jest/globals';
import { ConfigError } from './config-error.js';
import { loadConfig } from './load-config.js';
import { VARIABLES } from './variables.js';

const KEY = Buffer.alloc(32, 7).toString('base64');

function problemsOf(environment: Record<string, string>): string[] {
  try {
    loadConfig(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map(({ variable }) => variable);
    throw error;
  }
  return [];
}

describe('loadConfig', () => {
  it('needs nothing: every variable is optional', () => {
    expect(loadConfig({})).toMatchObject({
      port: 3000,
      host: '127.0.0.1',
      trustedProxies: [],
      databaseUrl: undefined,
      jwt: undefined,
      whatsapp: { url: undefined, signatureChecks: true },
      leaseTtlSeconds: 5,
      eventRetention: { hours: 168, count: 1_000_000 },
      corsOrigins: [],
      logLevel: 'info',
    });
  });

  it('reads every variable that it documents', () => {
    const config = loadConfig({
      PORT: '0',
      HOST: '::1',
      PUBLIC_URL: 'https://wa.example.com/',
      TRUSTED_PROXIES: '10.0.0.0/8, ::1',
      DATABASE_URL: 'postgresql://u:p@db/x',
      DATA_DIR: '/srv/wa',
      CREDENTIALS_KEY: KEY,
      CREDENTIALS_KEY_PREVIOUS: KEY,
      AUTH_JWKS_URI: 'https://id.example.com/jwks',
      AUTH_ISSUER: 'https://id.example.com',
      AUTH_AUDIENCE: 'wa',
      AUTH_ORG_CLAIM: 'tenant',
      AUTH_ROLE_CLAIM: 'roles',
      WHATSAPP_URL: 'ws://127.0.0.1:9000/ws/chat',
      WHATSAPP_ROOT_KEY: 'ab'.repeat(32),
      WHATSAPP_VERSION: '2.3000.1042',
      WHATSAPP_SIGNATURE_CHECKS: 'off',
      LEASE_TTL_SECONDS: '8',
      EVENTS_RETENTION_HOURS: '24',
      EVENTS_RETENTION_COUNT: '5000',
      RATE_LIMIT_PER_MINUTE: '120',
      WEBHOOK_ALLOW_PRIVATE: '10.1.0.0/16, fd00::1',
      CORS_ORIGINS: 'https://a.example.com,http://localhost:5173',
      LOG_LEVEL: 'debug',
    } satisfies Record<(typeof VARIABLES)[number]['name'], string>);
    expect(config).toEqual({
      port: 0,
      host: '::1',
      publicUrl: 'https://wa.example.com',
      trustedProxies: ['10.0.0.0/8', '::1'],
      databaseUrl: 'postgresql://u:p@db/x',
      dataDir: '/srv/wa',
      credentialsKey: Buffer.alloc(32, 7),
      credentialsKeyPrevious: Buffer.alloc(32, 7),
      jwt: {
        jwksUri: 'https://id.example.com/jwks',
        issuer: 'https://id.example.com',
        audience: 'wa',
        orgClaim: 'tenant',
        roleClaim: 'roles',
      },
      whatsapp: {
        url: 'ws://127.0.0.1:9000/ws/chat',
        rootKey: Buffer.alloc(32, 0xab),
        version: [2, 3000, 1042],
        signatureChecks: false,
      },
      leaseTtlSeconds: 8,
      eventRetention: { hours: 24, count: 5_000 },
      rateLimitPerMinute: 120,
      webhookAllowPrivate: ['10.1.0.0/16', 'fd00::1'],
      corsOrigins: ['https://a.example.com', 'http://localhost:5173'],
      logLevel: 'debug',
    });
  });

  it('treats an empty value as unset', () => {
    expect(loadConfig(Object.fromEntries(VARIABLES.map(({ name }) => [name, ''])))).toEqual(loadConfig({}));
  });

  it.each([
    ['PORT', '65536'],
    ['PORT', '3e3'],
    ['HOST', 'a b'],
    ['PUBLIC_URL', 'wa.example.com'],
    ['PUBLIC_URL', 'ftp://wa.example.com'],
    ['TRUSTED_PROXIES', '10.0.0.0/33'],
    ['TRUSTED_PROXIES', '010.0.0.0/8'],
    ['TRUSTED_PROXIES', '10.0.0.0/'],
    ['TRUSTED_PROXIES', 'loopback'],
    ['WEBHOOK_ALLOW_PRIVATE', '10/8'],
    ['WEBHOOK_ALLOW_PRIVATE', '10.0.0.0/8 fd00::/8'],
    ['WEBHOOK_ALLOW_PRIVATE', 'fe80::1%eth0'],
    ['WEBHOOK_ALLOW_PRIVATE', 'localhost'],
    ['DATABASE_URL', 'mysql://db/x'],
    ['CREDENTIALS_KEY', Buffer.alloc(31).toString('base64')],
    ['CREDENTIALS_KEY', 'not base64'],
    ['WHATSAPP_URL', 'http://127.0.0.1'],
    ['WHATSAPP_VERSION', '2.2412.1'],
    ['WHATSAPP_SIGNATURE_CHECKS', 'maybe'],
    ['CORS_ORIGINS', 'https://a.example.com/path'],
    ['LEASE_TTL_SECONDS', '1'],
    ['LEASE_TTL_SECONDS', '61'],
    ['EVENTS_RETENTION_HOURS', '0'],
    ['EVENTS_RETENTION_HOURS', '1.5'],
    ['EVENTS_RETENTION_COUNT', '0'],
    ['RATE_LIMIT_PER_MINUTE', '-1'],
    ['LOG_LEVEL', 'loud'],
  ])('refuses %s=%s and names the variable', (name, value) => {
    expect(problemsOf({ [name]: value })).toEqual([name]);
  });

  it('names every bad variable at once', () => {
    expect(problemsOf({ PORT: 'x', LOG_LEVEL: 'x', CORS_ORIGINS: 'x' }).sort()).toEqual([
      'CORS_ORIGINS',
      'LOG_LEVEL',
      'PORT',
    ]);
  });

  it('never shows the value of a bad variable', () => {
    expect(() => loadConfig({ CREDENTIALS_KEY: 'hunter2', DATABASE_URL: 'hunter3' })).toThrow(
      expect.objectContaining({ message: expect.not.stringMatching(/hunter/) }),
    );
  });

  it('requires CREDENTIALS_KEY with an external database', () => {
    expect(problemsOf({ DATABASE_URL: 'postgres://db/x' })).toEqual(['CREDENTIALS_KEY']);
  });

  it('requires an issuer and an audience with AUTH_JWKS_URI', () => {
    expect(problemsOf({ AUTH_JWKS_URI: 'https://id.example.com/jwks' })).toEqual(['AUTH_ISSUER', 'AUTH_AUDIENCE']);
    expect(problemsOf({ AUTH_ISSUER: 'https://id.example.com' })).toEqual(['AUTH_JWKS_URI']);
  });

  it.each([[''], ['wss://web.example.com/ws'], ['ws://127.0.0.1.example.com/'], ['ws://10.0.0.1/']])(
    'refuses WHATSAPP_ROOT_KEY with WHATSAPP_URL=%s',
    (url) => {
      expect(problemsOf({ WHATSAPP_URL: url, WHATSAPP_ROOT_KEY: 'ab'.repeat(32) })).toEqual(['WHATSAPP_ROOT_KEY']);
    },
  );

  it.each([['ws://localhost:1/'], ['ws://127.9.9.9/'], ['ws://[::1]:1/']])(
    'takes WHATSAPP_ROOT_KEY with WHATSAPP_URL=%s',
    (url) => {
      expect(problemsOf({ WHATSAPP_URL: url, WHATSAPP_ROOT_KEY: 'ab'.repeat(32) })).toEqual([]);
    },
  );
});
