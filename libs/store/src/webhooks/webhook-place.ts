import type { CredentialPlace } from '../credentials/credential-place.js';

/** What seals the secrets of a webhook to its row: nobody can make one webhook sign with the secret of another. */
export function webhookPlace(webhookId: string): CredentialPlace {
  return { owner: { type: 'webhook', id: webhookId }, kind: 'webhook secrets', id: '' };
}
