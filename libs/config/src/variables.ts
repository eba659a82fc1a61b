export interface Variable {
  readonly name: string;
  /** What holds when it is unset; empty: nothing. */
  readonly default: string;
  readonly description: string;
}

/** Every variable that the gateway reads; the README's table is checked against it. */
export const VARIABLES = [
  { name: 'PORT', default: '3000', description: 'Port to listen on; 0 takes any free one' },
  { name: 'HOST', default: '127.0.0.1', description: 'Address to listen on; `0.0.0.0` for every interface' },
  {
    name: 'PUBLIC_URL',
    default: '',
    description: 'Where clients reach the gateway, when that is not the address itself',
  },
  {
    name: 'TRUSTED_PROXIES',
    default: '',
    description: 'Addresses and CIDRs, comma separated, whose `X-Forwarded-*` headers are believed',
  },
  {
    name: 'DATABASE_URL',
    default: '',
    description: 'PostgreSQL to use; unset: one is embedded, its files in `DATA_DIR`',
  },
  { name: 'DATA_DIR', default: './.data', description: 'Folder of the embedded PostgreSQL and of the credentials key' },
  {
    name: 'CREDENTIALS_KEY',
    default: '',
    description:
      '32 bytes in base64 that encrypt the WhatsApp credentials; required with `DATABASE_URL`, else made once in `DATA_DIR`',
  },
  {
    name: 'CREDENTIALS_KEY_PREVIOUS',
    default: '',
    description: 'The key before, still able to decrypt, while rotating',
  },
  {
    name: 'AUTH_JWKS_URI',
    default: '',
    description:
      'Keys that login JWTs are verified with; needs `AUTH_ISSUER` and `AUTH_AUDIENCE`; unset: api-keys only',
  },
  { name: 'AUTH_ISSUER', default: '', description: 'The `iss` that a JWT must carry' },
  { name: 'AUTH_AUDIENCE', default: '', description: 'The `aud` that a JWT must carry' },
  { name: 'AUTH_ORG_CLAIM', default: 'org', description: "Claim with the person's organization" },
  { name: 'AUTH_ROLE_CLAIM', default: 'role', description: "Claim with the person's role or roles" },
  { name: 'WHATSAPP_URL', default: '', description: 'Websocket of a local WhatsApp; unset: the real service' },
  {
    name: 'WHATSAPP_ROOT_KEY',
    default: '',
    description:
      'Root of trust of a local WhatsApp, 32 bytes in hex; refused unless `WHATSAPP_URL` is a loopback address',
  },
  {
    name: 'WHATSAPP_VERSION',
    default: '',
    description: 'WhatsApp Web version to present (`2.3000.<n>`); unset: the one pinned in this release',
  },
  {
    name: 'WHATSAPP_SIGNATURE_CHECKS',
    default: 'on',
    description: '`off` leaves out the signature checks that the gateway adds to Baileys',
  },
  {
    name: 'LEASE_TTL_SECONDS',
    default: '5',
    description:
      'How long a session stays with a gateway that cannot reach the database, 2 to 60; it closes its connections before that',
  },
  {
    name: 'EVENTS_RETENTION_HOURS',
    default: '168',
    description:
      'How long events are kept, for streams that resume and webhooks that are behind; see `docs/guides/operating.md`',
  },
  {
    name: 'EVENTS_RETENTION_COUNT',
    default: '1000000',
    description: 'How many events are kept, the newest ones, of all organizations together',
  },
  {
    name: 'RATE_LIMIT_PER_MINUTE',
    default: '',
    description:
      "Requests a minute of one credential; unset: 600, and 100 on product B's routes under `/api/group`; 0: unlimited",
  },
  {
    name: 'WEBHOOK_ALLOW_PRIVATE',
    default: '',
    description:
      'Addresses and CIDRs, comma separated, that webhooks may reach although they are not on the public internet',
  },
  {
    name: 'CORS_ORIGINS',
    default: '',
    description: 'Origins, comma separated, whose pages may call the API; `*` for any',
  },
  { name: 'LOG_LEVEL', default: 'info', description: '`fatal`, `error`, `warn`, `info`, `debug`, `trace` or `silent`' },
] as const satisfies readonly Variable[];

export type VariableName = (typeof VARIABLES)[number]['name'];
