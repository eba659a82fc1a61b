import { resolve } from 'node:path';
import { z } from 'zod';
import { ConfigError } from './config-error.js';
import {
  base64Key,
  count,
  databaseUrl,
  hexKey,
  isLoopback,
  networks,
  origins,
  port,
  url,
  whatsAppVersion,
} from './formats.js';
import { LOG_LEVELS, type GatewayConfig, type JwtConfig } from './gateway-config.js';
import { VARIABLES, type VariableName } from './variables.js';

const positive = count.refine((value) => value > 0);
const text = z.string().regex(/^\S(.*\S)?$/);

const FORMATS = {
  PORT: { schema: port, expected: 'must be a port, 0 to 65535' },
  HOST: { schema: z.string().regex(/^[\w.:%-]+$/), expected: 'must be an address or a host name' },
  PUBLIC_URL: { schema: url('http:', 'https:'), expected: 'must be an http or https URL' },
  TRUSTED_PROXIES: { schema: networks, expected: 'must be IP addresses or CIDRs, comma separated' },
  DATABASE_URL: { schema: databaseUrl, expected: 'must be a postgres:// URL' },
  DATA_DIR: { schema: text, expected: 'must be a folder' },
  CREDENTIALS_KEY: { schema: base64Key, expected: 'must be 32 bytes in base64' },
  CREDENTIALS_KEY_PREVIOUS: { schema: base64Key, expected: 'must be 32 bytes in base64' },
  AUTH_JWKS_URI: { schema: url('http:', 'https:'), expected: 'must be an http or https URL' },
  AUTH_ISSUER: { schema: text, expected: 'must be the text of the claim' },
  AUTH_AUDIENCE: { schema: text, expected: 'must be the text of the claim' },
  AUTH_ORG_CLAIM: { schema: text, expected: 'must be the name of a claim' },
  AUTH_ROLE_CLAIM: { schema: text, expected: 'must be the name of a claim' },
  WHATSAPP_URL: { schema: url('ws:', 'wss:'), expected: 'must be a ws or wss URL' },
  WHATSAPP_ROOT_KEY: { schema: hexKey, expected: 'must be 32 bytes in hex' },
  WHATSAPP_VERSION: { schema: whatsAppVersion, expected: 'must look like 2.3000.1023223821' },
  WHATSAPP_SIGNATURE_CHECKS: { schema: z.enum(['on', 'off']), expected: 'must be on or off' },
  LEASE_TTL_SECONDS: { schema: count.refine((seconds) => seconds >= 2 && seconds <= 60), expected: 'must be 2 to 60' },
  EVENTS_RETENTION_HOURS: { schema: positive, expected: 'must be a number of hours, 1 or more' },
  EVENTS_RETENTION_COUNT: { schema: positive, expected: 'must be a number of events, 1 or more' },
  RATE_LIMIT_PER_MINUTE: { schema: count, expected: 'must be a number of requests, 0 for no limit' },
  WEBHOOK_ALLOW_PRIVATE: { schema: networks, expected: 'must be IP addresses or CIDRs, comma separated' },
  CORS_ORIGINS: { schema: origins, expected: 'must be origins such as https://app.example.com, comma separated, or *' },
  LOG_LEVEL: { schema: z.enum(LOG_LEVELS), expected: `must be one of ${LOG_LEVELS.join(', ')}` },
} as const satisfies Record<VariableName, { schema: z.ZodType; expected: string }>;

type Values = { [K in VariableName]?: z.output<(typeof FORMATS)[K]['schema']> };
type Problem = { variable: VariableName; message: string };

/**
 * The configuration that `environment` describes; an empty value counts as unset. Throws `ConfigError` naming every bad
 * variable, and never with a value in its message.
 */
export function loadConfig(environment: Readonly<Record<string, string | undefined>>): GatewayConfig {
  const problems: Problem[] = [];
  const values: Values = {};
  for (const variable of VARIABLES) {
    const given = environment[variable.name] || variable.default;
    if (given === '') continue;
    const parsed = FORMATS[variable.name].schema.safeParse(given);
    if (parsed.success) Object.assign(values, { [variable.name]: parsed.data });
    else problems.push({ variable: variable.name, message: FORMATS[variable.name].expected });
  }
  const broken = new Set(problems.map(({ variable }) => variable));
  problems.push(...contradictions(values).filter(({ variable }) => !broken.has(variable)));
  if (problems.length > 0) throw new ConfigError(problems);
  return assemble(values);
}

function contradictions(values: Values): Problem[] {
  const problems: Problem[] = [];
  const refuse = (variable: VariableName, message: string): void => void problems.push({ variable, message });
  if (values.DATABASE_URL && !values.CREDENTIALS_KEY) refuse('CREDENTIALS_KEY', 'is required with DATABASE_URL');
  if (values.CREDENTIALS_KEY_PREVIOUS && !values.CREDENTIALS_KEY) {
    refuse('CREDENTIALS_KEY', 'is required with CREDENTIALS_KEY_PREVIOUS');
  }
  if (values.AUTH_JWKS_URI && !values.AUTH_ISSUER) refuse('AUTH_ISSUER', 'is required with AUTH_JWKS_URI');
  if (values.AUTH_JWKS_URI && !values.AUTH_AUDIENCE) refuse('AUTH_AUDIENCE', 'is required with AUTH_JWKS_URI');
  if (!values.AUTH_JWKS_URI && (values.AUTH_ISSUER || values.AUTH_AUDIENCE)) {
    refuse('AUTH_JWKS_URI', 'is required with AUTH_ISSUER and AUTH_AUDIENCE');
  }
  if (values.WHATSAPP_ROOT_KEY && !(values.WHATSAPP_URL && isLoopback(values.WHATSAPP_URL))) {
    refuse('WHATSAPP_ROOT_KEY', 'is refused unless WHATSAPP_URL is a loopback address');
  }
  return problems;
}

function assemble(values: Values): GatewayConfig {
  return {
    port: defaulted(values, 'PORT'),
    host: defaulted(values, 'HOST'),
    publicUrl: values.PUBLIC_URL?.replace(/\/+$/, ''),
    trustedProxies: values.TRUSTED_PROXIES ?? [],
    databaseUrl: values.DATABASE_URL,
    dataDir: resolve(defaulted(values, 'DATA_DIR')),
    credentialsKey: values.CREDENTIALS_KEY,
    credentialsKeyPrevious: values.CREDENTIALS_KEY_PREVIOUS,
    jwt: jwt(values),
    whatsapp: {
      url: values.WHATSAPP_URL,
      rootKey: values.WHATSAPP_ROOT_KEY,
      version: values.WHATSAPP_VERSION,
      signatureChecks: values.WHATSAPP_SIGNATURE_CHECKS !== 'off',
    },
    leaseTtlSeconds: defaulted(values, 'LEASE_TTL_SECONDS'),
    eventRetention: {
      hours: defaulted(values, 'EVENTS_RETENTION_HOURS'),
      count: defaulted(values, 'EVENTS_RETENTION_COUNT'),
    },
    rateLimitPerMinute: values.RATE_LIMIT_PER_MINUTE,
    webhookAllowPrivate: values.WEBHOOK_ALLOW_PRIVATE ?? [],
    corsOrigins: values.CORS_ORIGINS ?? [],
    logLevel: defaulted(values, 'LOG_LEVEL'),
  };
}

function jwt(values: Values): JwtConfig | undefined {
  const { AUTH_JWKS_URI: jwksUri, AUTH_ISSUER: issuer, AUTH_AUDIENCE: audience } = values;
  if (!jwksUri || !issuer || !audience) return undefined;
  const orgClaim = defaulted(values, 'AUTH_ORG_CLAIM');
  return { jwksUri, issuer, audience, orgClaim, roleClaim: defaulted(values, 'AUTH_ROLE_CLAIM') };
}

function defaulted<K extends VariableName>(values: Values, name: K): NonNullable<Values[K]> {
  const value = values[name];
  if (value === undefined) throw new Error(`${name} has no default`);
  return value;
}
