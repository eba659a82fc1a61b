import { sessionPlace, type CredentialPlace } from '../credentials/credential-place.js';

/** What seals an outcome to its row: nobody can give one request the answer to another. */
export function outcomePlace(
  sessionId: string,
  organizationId: string,
  routeHash: Buffer,
  key: string,
): CredentialPlace {
  const id = JSON.stringify([organizationId, routeHash.toString('base64'), key]);
  return sessionPlace(sessionId, 'idempotent outcome', id);
}
