import type { GroupNotification } from './group.js';
import type { HeldLease } from './session-lease.js';
import type { WhatsAppClient } from './whatsapp-client.js';

/** Who the linked account is. */
export interface AccountIdentity {
  /** Phone JID, no device suffix. */
  waJid: string;
  waLid?: string;
  /** Digits. */
  phoneNumber: string;
}

/**
 * Why a connection ended. What to do about it is the caller's decision, made from `kind` alone.
 * - `restart_required`: WhatsApp asks for a new connection at once (515, right after pairing).
 * - `replaced`: another connection took the account over (440).
 * - `logged_out`: the device was unlinked (401); the credentials are worthless.
 * - `banned`: WhatsApp refuses the account (403).
 * - `bad_session`: the credentials cannot be used (cannot be read or decrypted, or 500 from WhatsApp).
 * - `qr_expired`: nobody scanned any of the codes.
 * - `client_outdated`: this WhatsApp Web version is refused (405, 409 …): needs another `WHATSAPP_VERSION`.
 * - `untrusted_server`: the server's certificate chain did not verify.
 * - `unavailable`: the network, a silent server, 503 and all else that passes by itself.
 * - `lease_lost`: another process may run the session; this one has to keep its hands off it.
 * - `closed`: we closed it.
 */
export type CloseKind =
  | 'restart_required'
  | 'replaced'
  | 'logged_out'
  | 'banned'
  | 'bad_session'
  | 'qr_expired'
  | 'client_outdated'
  | 'untrusted_server'
  | 'unavailable'
  | 'lease_lost'
  | 'closed';

export interface CloseReason {
  kind: CloseKind;
  /** WhatsApp's or Baileys' number, for operators. */
  code?: number;
  /** For the log and `statusReason`; holds no secret. */
  message: string;
}

export interface QrCode {
  /** What the QR picture encodes. Whoever sees it can link a device: it is a secret. */
  code: string;
  /** Epoch milliseconds. */
  expiresAt: number;
}

/** Told what happens on one connection. Nothing is called after `closed`, and `closed` exactly once. */
export interface ConnectionListener {
  qr(code: QrCode): void;
  /** Credentials are stored; WhatsApp closes the connection next (`restart_required`). */
  paired(identity: AccountIdentity): void;
  /** Logged in: live actions work from here on. */
  open(identity: AccountIdentity): void;
  /**
   * May come before `open`: WhatsApp replays what was missed while logging in. It is acknowledged once this resolves, in
   * whatever order; one that is not (this rejects, or the connection ends first) comes again at the next login.
   */
  groupNotification(notification: GroupNotification): void | Promise<void>;
  /** WhatsApp says that its list of groups and ours differ: read them all again. */
  groupsDirty(): void;
  closed(reason: CloseReason): void;
}

export abstract class WhatsAppConnection {
  /** Throws `SessionNotConnectedError` from every method until `open` and after `closed`. */
  abstract readonly client: WhatsAppClient;

  /**
   * A code of eight characters to be typed on the phone, instead of a QR. `phone` in digits. Only while unpaired;
   * waits until the connection is ready for it. Throws `WhatsAppRefusedError` when WhatsApp refuses the number.
   */
  abstract requestPairingCode(phone: string): Promise<{ code: string; expiresAt: number }>;

  /** Asks WhatsApp to unlink this device, then closes. Resolves within a few seconds whether or not it answers. */
  abstract logout(): Promise<void>;

  /** Closes and releases everything; stored credentials are complete when it resolves. Safe to call twice. */
  abstract close(): Promise<void>;
}

/** Opens connections to WhatsApp. Never throws for the network: that is reported through `closed`. */
export abstract class WhatsAppConnector {
  abstract connect(lease: HeldLease, listener: ConnectionListener): WhatsAppConnection;

  /** Whether credentials of a linked account are stored (not merely half of a pairing). */
  abstract isPaired(sessionId: string): Promise<boolean>;
}
