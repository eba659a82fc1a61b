import type { WhatsAppVersion } from './whatsapp-version.js';

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Where login tokens come from. */
export interface JwtConfig {
  readonly jwksUri: string;
  readonly issuer: string;
  readonly audience: string;
  /** Name of the claim that holds the organization. */
  readonly orgClaim: string;
  /** Name of the claim that holds the role or roles. */
  readonly roleClaim: string;
}

export interface WhatsAppConfig {
  /** Unset: the real service. */
  readonly url?: string;
  /** 32 bytes: the root of trust of a local WhatsApp. */
  readonly rootKey?: Buffer;
  /** `[2, 3000, n]`; unset: the version that this release was tested with. */
  readonly version?: WhatsAppVersion;
  /** Whether the signatures that Baileys leaves unchecked are checked. */
  readonly signatureChecks: boolean;
}

/** An event that is older, or one too many, goes. */
export interface EventRetentionConfig {
  readonly hours: number;
  readonly count: number;
}

/** Everything that can be configured, read and checked once. */
export interface GatewayConfig {
  readonly port: number;
  readonly host: string;
  /** Where clients reach the gateway, without a trailing slash. */
  readonly publicUrl?: string;
  /** Addresses and networks whose `X-Forwarded-*` headers are believed. */
  readonly trustedProxies: readonly string[];
  /** Unset: PostgreSQL is embedded, in `dataDir`. */
  readonly databaseUrl?: string;
  readonly dataDir: string;
  /** 32 bytes each. Unset: made once in `dataDir`. */
  readonly credentialsKey?: Buffer;
  readonly credentialsKeyPrevious?: Buffer;
  /** Unset: only api-keys are accepted. */
  readonly jwt?: JwtConfig;
  readonly whatsapp: WhatsAppConfig;
  /** How long a lease of a session lasts when it is not renewed. */
  readonly leaseTtlSeconds: number;
  readonly eventRetention: EventRetentionConfig;
  /** Requests of one credential. Unset: what is usual for the kind of route; 0: unlimited. */
  readonly rateLimitPerMinute?: number;
  /** Addresses and networks that webhooks may reach although they are not on the public internet. */
  readonly webhookAllowPrivate: readonly string[];
  /** `['*']`: any origin. */
  readonly corsOrigins: readonly string[];
  readonly logLevel: LogLevel;
}
