/** Groups as WhatsApp tells of them: plain serializable data, no classes, no Baileys types. */

export type AddressingMode = 'pn' | 'lid';
export type MemberAddMode = 'admin_add' | 'all_member_add';
export type ParticipantRole = 'member' | 'admin' | 'superadmin';

/** A user, by whichever of the two addresses is known. At least one is set. Normalized JIDs. */
export interface UserRef {
  phoneJid?: string;
  lid?: string;
}

export interface Participant extends UserRef {
  role: ParticipantRole;
  /** The label that a member may carry within one group. */
  tag?: string;
}

export interface GroupSettings {
  subject: string;
  /** `''` means that there is none. */
  description: string;
  isAnnounce: boolean;
  isLocked: boolean;
  joinApproval: boolean;
  memberAddMode: MemberAddMode;
  /** Seconds until a message disappears; 0 means never. */
  ephemeralSeconds: number;
}

/** The whole of a group at one moment. */
export interface GroupSnapshot extends GroupSettings {
  groupJid: string;
  addressingMode: AddressingMode;
  /** Needed to replace the description (`prev`). */
  descriptionId?: string;
  owner?: UserRef;
  /** Epoch milliseconds. */
  createdAtWa?: number;
  participants: Participant[];
}

/** What one notification says. Several can come in one stanza; they apply in order. */
export type GroupChange =
  | { type: 'added'; participants: Participant[] }
  /** `left` when the actor is the one who is gone. */
  | { type: 'removed' | 'left'; participants: UserRef[] }
  | { type: 'promoted' | 'demoted'; participants: UserRef[] }
  | { type: 'settings'; settings: Partial<GroupSettings>; descriptionId?: string }
  /** The group came to be, or this account was added to it. */
  | { type: 'created'; group: GroupSnapshot }
  /** The group was ended by WhatsApp or its owner. */
  | { type: 'deleted' }
  /** A member changed the phone number (or was re-addressed). */
  | { type: 'renumbered'; from: UserRef; to: UserRef }
  | { type: 'join_requested'; participants: UserRef[]; method?: string }
  | { type: 'join_request_revoked'; participants: UserRef[] }
  /** The invite link was reset. The code is a credential of sorts: never stored, never in an event. */
  | { type: 'invite_reset' }
  /** A tag that we do not know: the group should be read again. */
  | { type: 'unknown'; tag: string };

export interface GroupNotification {
  /** The same when WhatsApp sends the notification again. With `at` and `groupJid`, no other one of the session has it. */
  id?: string;
  groupJid: string;
  /** Who did it, when WhatsApp says. */
  actor?: UserRef;
  /** Epoch milliseconds, WhatsApp's clock. */
  at: number;
  addressingMode?: AddressingMode;
  changes: GroupChange[];
}

export type MemberAction = 'add' | 'remove' | 'promote' | 'demote';

/** What an admin can do with those who asked to join a group that approves its members. */
export type RequestAction = 'approve' | 'reject';

export type ParticipantAction = MemberAction | RequestAction;

/** Instead of a code: WhatsApp's answer does not mention the participant, so that nobody knows what became of them. */
export const UNANSWERED = 0;

/** What WhatsApp said of one participant of an action. */
export interface ParticipantResult extends UserRef {
  /** The JID that was sent. */
  input: string;
  /** 200 when done; else WhatsApp's own code (401, 403, 404, 408, 409, …), or `UNANSWERED`. */
  code: number;
  /** Handed back with a privacy refusal (403, 408): an invite for just this user. `expiresAt` in epoch milliseconds. */
  invite?: { code: string; expiresAt?: number };
}

/** Somebody who waits for an admin to let them in. */
export interface JoinRequest extends UserRef {
  /** Epoch milliseconds. */
  requestedAt: number;
  /** How they asked, in WhatsApp's word: `invite_link`, `linked_group_join`, `non_admin_add`. */
  method?: string;
  /** The member who asked for them (`non_admin_add`). */
  addedBy?: UserRef;
}

/** A group as an invite shows it to who is not in it: how many are in it, but not who. */
export interface InvitedGroup extends Omit<GroupSnapshot, 'participants'> {
  participantCount: number;
}

/** An invite into a group for just one user, as a privacy refusal hands it back. */
export interface PersonalInvite {
  groupJid: string;
  subject: string;
  code: string;
  /** Epoch milliseconds. */
  expiresAt: number;
}

/** One setting of a group; each is one stanza. */
export type GroupSettingChange = {
  [K in keyof GroupSettings]: { setting: K; value: GroupSettings[K] };
}[keyof GroupSettings];

export type JoinOutcome =
  | { status: 'joined'; groupJid: string }
  /** An admin has to approve first. */
  | { status: 'pending_approval'; groupJid: string };
