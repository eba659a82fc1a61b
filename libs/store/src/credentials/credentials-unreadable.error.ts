import { CredentialsUnreadableError as UnreadableCredentials } from '#whatsapp';
import { type CredentialPlace, ownerName } from './credential-place.js';

/** Stored credentials are there but cannot be decrypted. They are not absent: nobody has to pair again. */
export class CredentialsUnreadableError extends UnreadableCredentials {
  constructor(
    readonly place: CredentialPlace,
    /** Which key sealed them. */
    readonly keyId: string,
    isKeyKnown: boolean,
    options?: ErrorOptions,
  ) {
    const what = `credentials (${place.kind}) of ${ownerName(place.owner)}`;
    super(
      isKeyKnown
        ? `${what} were damaged or moved: they do not decrypt with key ${keyId}`
        : `${what} were encrypted with key ${keyId}, which is not configured`,
      options,
    );
    this.name = 'CredentialsUnreadableError';
  }
}
