import { CredentialsUnreadableError as UnreadableCredentials } from '#whatsapp';

/** Stored credentials are there but cannot be decrypted. They are not absent: nobody has to pair again. */
export class CredentialsUnreadableError extends UnreadableCredentials {
  constructor(
    readonly sessionId: string,
    readonly kind: string,
    /** Which key sealed them. */
    readonly keyId: string,
    isKeyKnown: boolean,
    options?: ErrorOptions,
  ) {
    super(
      isKeyKnown
        ? `credentials (${kind}) of session ${sessionId} were damaged or moved: they do not decrypt with key ${keyId}`
        : `credentials (${kind}) of session ${sessionId} were encrypted with key ${keyId}, which is not configured`,
      options,
    );
    this.name = 'CredentialsUnreadableError';
  }
}
