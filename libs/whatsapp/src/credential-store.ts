import type { SessionLease } from './session-lease.js';

/** One item of a session's credentials: the account itself (`kind: 'creds'`, `id: ''`) or one Signal key. */
export interface CredentialItem {
  /** `creds`, `pre-key`, `session`, `sender-key`, `app-state-sync-key`, … as Baileys names them. */
  kind: string;
  id: string;
  /** `null` deletes the item. */
  value: Uint8Array | null;
}

/**
 * Where the credentials of linked accounts are kept. Values are opaque bytes here and encrypted at rest.
 * A failure to read or to decrypt is an error, never "no such item": a session that mistakes one for the other
 * would ask to be paired again.
 */
export abstract class CredentialStore {
  /** The items that exist among `ids`, by id. */
  abstract read(sessionId: string, kind: string, ids: readonly string[]): Promise<Map<string, Uint8Array>>;

  /**
   * All of `items` or none of them: one transaction. Throws `LeaseLostError`, and writes nothing, once somebody was given
   * a newer lease of the session.
   */
  abstract write(lease: SessionLease, items: readonly CredentialItem[]): Promise<void>;

  /** Forgets everything of the session. Throws `LeaseLostError` as `write`. */
  abstract clear(lease: SessionLease): Promise<void>;
}
