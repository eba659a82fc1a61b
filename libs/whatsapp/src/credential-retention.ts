import type { UserRef } from './group.js';

/** A stored credential as it looks without the key to it: where it is, how large, how old. */
export interface StoredCredential {
  kind: string;
  id: string;
  /** Of the encrypted value. */
  bytes: number;
  /** Milliseconds since it was last written. */
  ageMs: number;
}

/** Which of a session's stored credentials nothing needs any more. What it does not know stays. */
export abstract class CredentialRetention {
  /** In milliseconds: whatever was written more recently stays. */
  abstract readonly untouchedMs: number;

  /** `stored`: all that the session has. `account`: whose session it is, by both addresses where both are known. */
  abstract prunable(stored: readonly StoredCredential[], account: UserRef): StoredCredential[];
}
