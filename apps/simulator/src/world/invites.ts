import type { Account } from './account.js';
import type { Actor } from './changes.js';
import type { WorldContext } from './context.js';
import type { Group, PersonalInvite } from './group.js';
import { isInviteCode, newInviteCode } from './ids.js';
import { requireAdmin, requireMember } from './rules.js';
import { WorldError } from './world-error.js';

/** A personal invite as it is shown by who wants in. What is absent is not looked at. */
export interface ShownInvite {
  code: string;
  /** Epoch seconds. */
  expiresAt?: number;
  /** Who handed it out: phone JID or LID. */
  admin?: string;
}

export type JoinResult = { status: 'joined' | 'requested'; group: Group };

/** The invite links of all groups, those that were reset included: WhatsApp tells a revoked one from one that never was. */
export class Invites {
  private readonly groupOf = new Map<string, Group>();

  constructor(private readonly context: WorldContext) {}

  register(group: Group): void {
    this.groupOf.set(group.inviteCode, group);
  }

  /** Refused with 403 for a stranger, 401 for an ordinary member. */
  code(actor: Actor, groupJid: string): string {
    const group = this.context.group(groupJid);
    requireMember(group, actor.account);
    if (!group.isAdmin(actor.account)) throw WorldError.of(401);
    return group.inviteCode;
  }

  reset(actor: Actor, groupJid: string): string {
    const group = this.context.group(groupJid);
    requireAdmin(group, actor.account, this.context.switches);
    group.inviteCode = newInviteCode();
    this.register(group);
    this.context.emit(group, actor, { type: 'invite_reset' });
    return group.inviteCode;
  }

  /** Refused with 406 (malformed), 410 (reset since), 404 or 406 (leads nowhere). */
  resolve(code: string): Group {
    if (!isInviteCode(code)) throw WorldError.notAcceptable();
    const group = this.groupOf.get(code);
    if (group === undefined) {
      throw this.context.switches.unknownInviteCode === 404 ? WorldError.notFound() : WorldError.notAcceptable();
    }
    if (group.inviteCode !== code || group.members.size === 0) throw WorldError.of(410);
    return group;
  }

  /** Besides `resolve`: 409 already in it, 401 removed before and kept out, 419 full. */
  join(actor: Actor, code: string): JoinResult {
    const { switches } = this.context;
    const group = this.resolve(code);
    if (group.members.has(actor.account)) {
      if (switches.joinAgainCode === 409) throw WorldError.conflict();
      return { status: 'joined', group };
    }
    if (group.removed.has(actor.account) && !switches.removedMayRejoin) throw WorldError.of(401);
    return this.enter(actor, group, group.approval);
  }

  /**
   * By the invite that was handed out for just this account: whatever its privacy says, and without asking where an
   * admin handed it out. Refused with 404 (not for this account, used, or not as it was handed out), 410 (expired),
   * 409 (already in it), 419 (full).
   */
  acceptPersonal(actor: Actor, groupJid: string, shown: ShownInvite): JoinResult {
    const group = this.context.group(groupJid);
    if (group.members.has(actor.account)) throw WorldError.conflict();
    const invite = group.personalInvites.get(actor.account);
    if (invite === undefined || !this.isAsHandedOut(invite, shown)) throw WorldError.notFound();
    if (invite.expiresAt <= this.context.now()) throw WorldError.of(410);
    return this.enter(actor, group, group.approval && !group.isAdmin(invite.invitedBy));
  }

  /** The group that a personal invite leads to. Throws 404. */
  groupOfPersonal(account: Account, code: string): Group {
    for (const group of this.context.allGroups()) {
      if (group.personalInvites.get(account)?.code === code) return group;
    }
    throw WorldError.notFound();
  }

  private isAsHandedOut(invite: PersonalInvite, { code, expiresAt, admin }: ShownInvite): boolean {
    const inviter = admin === undefined ? invite.invitedBy : this.context.directory.find(admin);
    return invite.code === code && invite.expiresAt === (expiresAt ?? invite.expiresAt) && invite.invitedBy === inviter;
  }

  private enter(actor: Actor, group: Group, askFirst: boolean): JoinResult {
    const { account } = actor;
    if (group.members.size >= this.context.switches.maxGroupSize) throw WorldError.of(419);
    if (askFirst) {
      this.context.joinRequests.make(actor, group, { account, method: 'invite_link' });
      return { status: 'requested', group };
    }
    group.admit(account);
    this.context.emit(group, actor, { type: 'added', accounts: [account], reason: 'invite' });
    return { status: 'joined', group };
  }
}
