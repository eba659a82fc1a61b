import { ForbiddenError, GatewayUnavailableError, NotImplementedError, UpstreamTimeoutError } from '#errors';

/** A live action was asked of a session that is not connected, or whose socket closed before the stanza was sent. */
export class SessionNotConnectedError extends NotImplementedError {
  constructor(sessionStatus: string, options?: ErrorOptions) {
    super('session_not_connected', 'the session is not connected to WhatsApp', { sessionStatus }, options);
  }
}

/** The stanza was sent; whether WhatsApp acted on it is unknown. */
export class OutcomeUnknownError extends UpstreamTimeoutError {
  constructor(message = 'WhatsApp did not answer; the action may or may not have happened', options?: ErrorOptions) {
    super(message, {}, options);
  }
}

/**
 * WhatsApp restricts the account (463). `until`: epoch milliseconds, where it is known. Without a `cause` nothing was
 * sent: a restriction that WhatsApp told of before is still running.
 */
export class AccountRestrictedError extends ForbiddenError {
  constructor(until: number | undefined, options?: ErrorOptions) {
    const details = until === undefined ? {} : { until };
    super('account_restricted', 'WhatsApp restricts this account', details, options);
  }
}

/**
 * WhatsApp answered the whole query with an error. `whatsappCode` is the number in its stanza; the same number means
 * different things for different methods, so the caller maps it.
 */
export class WhatsAppRefusedError extends Error {
  readonly restrictedUntil: number | undefined;

  constructor(
    readonly whatsappCode: number,
    readonly text: string,
    /** Seconds, where WhatsApp says how long to wait (429). */
    readonly backoffSeconds?: number,
    options?: ErrorOptions & {
      /** Epoch milliseconds at which a restriction of the account (463) ends, where WhatsApp says it. */
      restrictedUntil?: number;
    },
  ) {
    super(`WhatsApp refused the query: ${whatsappCode} ${text}`, options);
    this.name = 'WhatsAppRefusedError';
    this.restrictedUntil = options?.restrictedUntil;
  }
}

const HANDED_OVER_SECONDS = 1;

/** Somebody was given a newer lease of the session: what its former holder wants to write is refused. */
export class LeaseLostError extends GatewayUnavailableError {
  constructor(readonly sessionId: string) {
    super('the session is being handed over to another process', HANDED_OVER_SECONDS);
  }
}

/**
 * Stored credentials are there and cannot be used: decrypted, or understood. Any other failure of a `CredentialStore`
 * passes by itself. `message` holds no secret.
 */
export class CredentialsUnreadableError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CredentialsUnreadableError';
  }
}
