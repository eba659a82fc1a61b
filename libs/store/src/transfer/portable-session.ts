/** A linked session with all that it needs to go on elsewhere, in clear. Its groups come with the next synchronisation. */
export interface PortableSession {
  id: string;
  organizationId: string;
  label?: string;
  ratePerMin: number;
  ratePerHour: number;
  /** Phone JID of the linked account, no device suffix. */
  waJid: string;
  waLid?: string;
  /** Digits. */
  phoneNumber: string;
  credentials: readonly PortableCredential[];
}

export interface PortableCredential {
  kind: string;
  id: string;
  value: Uint8Array;
}
