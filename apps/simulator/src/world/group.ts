import type { Account } from './account.js';

export type Role = 'member' | 'admin' | 'superadmin';
export type AddressingMode = 'pn' | 'lid';
export type MemberAddMode = 'admin_add' | 'all_member_add';

export interface Description {
  id: string;
  text: string;
  by: Account;
  /** Epoch seconds, as every time in the world. */
  at: number;
}

export interface Picture {
  id: string;
  /** JPEG. */
  image: Uint8Array;
}

export interface JoinRequest {
  account: Account;
  at: number;
  method: 'invite_link' | 'linked_group_join' | 'non_admin_add';
  /** Who asked for somebody else to be added. */
  requestor?: Account;
}

/** Handed out in place of an add that privacy forbids; the invited one can use it to come in. */
export interface PersonalInvite {
  code: string;
  account: Account;
  invitedBy: Account;
  expiresAt: number;
}

/** What a group is; who may change it is in `rules.ts`. */
export class Group {
  readonly members = new Map<Account, Role>();
  readonly joinRequests = new Map<Account, JoinRequest>();
  readonly personalInvites = new Map<Account, PersonalInvite>();
  /** Who left by himself, and when. */
  readonly left = new Map<Account, number>();
  /** Who was removed by an admin. */
  readonly removed = new Set<Account>();
  subjectBy: Account;
  subjectAt: number;
  description?: Description;
  picture?: Picture;
  announcement = false;
  locked = false;
  approval = false;
  memberAddMode: MemberAddMode = 'admin_add';
  /** Seconds; 0 keeps messages. */
  ephemeralSeconds = 0;

  constructor(
    /** Without `@g.us`. */
    readonly id: string,
    public subject: string,
    readonly creator: Account,
    readonly createdAt: number,
    readonly addressingMode: AddressingMode,
    public inviteCode: string,
  ) {
    this.subjectBy = creator;
    this.subjectAt = createdAt;
    this.members.set(creator, 'superadmin');
  }

  get jid(): string {
    return `${this.id}@g.us`;
  }

  isAdmin(account: Account): boolean {
    const role = this.members.get(account);
    return role === 'admin' || role === 'superadmin';
  }

  hasAdmin(): boolean {
    for (const role of this.members.values()) if (role !== 'member') return true;
    return false;
  }

  admit(account: Account): void {
    this.members.set(account, 'member');
    this.joinRequests.delete(account);
    this.personalInvites.delete(account);
    this.left.delete(account);
    this.removed.delete(account);
  }
}
