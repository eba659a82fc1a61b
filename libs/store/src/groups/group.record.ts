import type { AddressingMode, MemberAddMode, ParticipantRole } from '#whatsapp';

/** `left`: the account is no longer in the group; what was stored stays as it was last seen. */
export type MyRole = ParticipantRole | 'left';

/** Times are epoch milliseconds. */
export interface GroupRecord {
  id: string;
  groupJid: string;
  subject?: string;
  description?: string;
  /** Needed to replace the description; not for clients. */
  descriptionId?: string;
  ownerJid?: string;
  isAnnounce: boolean;
  isLocked: boolean;
  joinApproval: boolean;
  memberAddMode: MemberAddMode;
  /** 0: messages do not disappear. */
  ephemeralSeconds: number;
  addressingMode: AddressingMode;
  participantCount: number;
  myRole: MyRole;
  createdAtWa?: number;
  firstSeenAt: number;
  /** When anything of the group or of its members last changed. */
  updatedAt: number;
  /** Grows with every stored change of the group or of its members; not for clients. */
  version: number;
}

export interface MemberRecord {
  id: string;
  sessionId: string;
  groupJid: string;
  /** The phone JID when it is known, else the LID. */
  jid: string;
  lid?: string;
  /** Digits. */
  phoneNumber?: string;
  role: 'member' | 'admin';
  isSuperAdmin: boolean;
  tag?: string;
  firstSeenAt: number;
  /** When anything of the member last changed. */
  lastSeenAt: number;
}
