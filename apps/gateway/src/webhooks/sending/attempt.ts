/** Where an event goes, and what proves that it comes from us. */
export interface WebhookTarget {
  url: string;
  secret: string;
  /** What the customer wants sent along; can replace none of ours. */
  headers: Readonly<Record<string, string>>;
}

/** `body` is sent as it is: signed and posted byte for byte. */
export interface OutgoingEvent {
  id: string;
  body: string;
}

/** Why an attempt failed. */
export const ATTEMPT_ERRORS = [
  /** An answer came, neither 2xx nor 3xx: see `status`. */
  'http_status',
  /** An answer came, 3xx: a webhook never goes where it was not sent. */
  'redirect_refused',
  /** No connection, or no answer, in time. */
  'timeout',
  /** The host name leads nowhere. */
  'dns_failed',
  /** The host is, or leads to, an address that webhooks may not reach. */
  'address_refused',
  'connection_failed',
  /** The connection broke before an answer came. */
  'connection_reset',
  /** No TLS, or a certificate that does not prove the host. */
  'tls_failed',
  /** What came back is not HTTP. */
  'invalid_response',
  /** The answer's headers are longer than we read. */
  'response_too_large',
  /** Neither http nor https, or with a user name or password in it. */
  'unsupported_url',
  /** A custom header cannot be sent: its name or value is none. */
  'invalid_header',
  /** Nothing was sent: the gateway lacks the key that the webhook's secrets are encrypted with. */
  'secrets_unreadable',
  /** We broke it off, to shut down: it counts for nothing. */
  'aborted',
] as const;

export type AttemptError = (typeof ATTEMPT_ERRORS)[number];

/** What became of one attempt to deliver. Holds no secret and no header value, whatever the endpoint answers. */
export interface Attempt {
  /** Whether the endpoint acknowledged the event: any 2xx. */
  ok: boolean;
  /** HTTP status, where an answer came. */
  status?: number;
  /** Set unless `ok`. */
  error?: AttemptError;
  /** How long it took, the answer's body included; whole milliseconds. */
  latencyMs: number;
  /** The beginning of the answer's body as printable text, at most 1 KiB; absent where there is none. */
  responseExcerpt?: string;
}

/** Ends an attempt with a reason of our own; never leaves this folder. */
export class AttemptFailure extends Error {
  constructor(
    readonly reason: AttemptError,
    options?: ErrorOptions,
  ) {
    super(reason, options);
    this.name = new.target.name;
  }
}
