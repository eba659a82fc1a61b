/** The right to run a session and to write its credentials, until somebody is given a newer one. */
export interface SessionLease {
  readonly sessionId: string;
  /** Rises with every lease of the session: of two holders the one with the higher fence is the right one. */
  readonly fence: number;
}

/** A lease as its holder sees it. */
export interface HeldLease extends SessionLease {
  /**
   * `false` from the moment on at which somebody else may be given a newer one. WhatsApp knows nothing of fences: to be
   * looked at before every stanza.
   */
  readonly isHeld: boolean;
  /** Fires when it is lost; later than `isHeld` tells when this process was stopped meanwhile. */
  readonly lost: AbortSignal;
}
