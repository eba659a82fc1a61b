import type { Account } from './account.js';
import type { Actor } from './changes.js';
import type { ParticipantAction, WorldContext } from './context.js';
import type { Group, PersonalInvite, Role } from './group.js';
import { newInviteCode } from './ids.js';
import type { Outcome } from './outcome.js';
import { addingCode, requireAdmin, requireMayAdd } from './rules.js';
import { WorldError } from './world-error.js';

const REFUSALS_WITH_INVITE = [403, 408];

/** Who is in a group, and as what. Every method answers for each participant; a throw refuses the whole query. */
export class Membership {
  constructor(private readonly context: WorldContext) {}

  add(actor: Actor, groupJid: string, participants: readonly string[]): Outcome[] {
    const group = this.context.group(groupJid);
    requireMayAdd(group, actor.account, this.context.switches);
    if (group.approval && !group.isAdmin(actor.account)) return this.request(group, actor, participants);
    const outcomes = this.admit(group, actor, participants, 'add');
    this.tell(group, actor, 'added', outcomes);
    return outcomes;
  }

  /** Takes in whoever may be added, and tells nobody. */
  admit(group: Group, actor: Actor, participants: readonly string[], action: 'add' | 'create'): Outcome[] {
    return this.bring(group, actor, participants, action, (account) => {
      group.admit(account);
      return 200;
    });
  }

  /** Where admins approve newcomers, a member who adds somebody only asks for them. */
  private request(group: Group, actor: Actor, participants: readonly string[]): Outcome[] {
    return this.bring(group, actor, participants, 'add', (account) => {
      this.context.joinRequests.make(actor, group, { account, method: 'non_admin_add', requestor: actor.account });
      return this.context.switches.memberAddRequestCode;
    });
  }

  /** `take` is given those who may be added, and tells what became of them. */
  private bring(
    group: Group,
    actor: Actor,
    participants: readonly string[],
    action: 'add' | 'create',
    take: (account: Account) => number,
  ): Outcome[] {
    const { switches } = this.context;
    return this.each(participants, action, (account) => {
      const code = addingCode(group, account, actor.account, this.context.now(), switches);
      return code === 200 ? take(account) : code;
    }).map((outcome) => this.withInvite(group, actor, outcome));
  }

  /** Removing oneself is leaving. */
  remove(actor: Actor, groupJid: string, participants: readonly string[]): Outcome[] {
    const group = this.administered(actor, groupJid);
    const outcomes = this.each(participants, 'remove', (account) => {
      const role = group.members.get(account);
      if (role === undefined) return 404;
      const self = account === actor.account;
      if (role === 'superadmin' && !self) return this.context.switches.superadminProtectedCode;
      group.members.delete(account);
      if (self) group.left.set(account, this.context.now());
      else group.removed.add(account);
      return 200;
    });
    this.tell(group, actor, 'removed', outcomes);
    this.appointAdmin(group);
    return outcomes;
  }

  promote(actor: Actor, groupJid: string, participants: readonly string[]): Outcome[] {
    return this.changeRole(actor, groupJid, participants, 'promote', 'admin');
  }

  demote(actor: Actor, groupJid: string, participants: readonly string[]): Outcome[] {
    return this.changeRole(actor, groupJid, participants, 'demote', 'member');
  }

  /** 200, 404 (no such group) or 403 (not in it), for each group. */
  leave(actor: Actor, groupJids: readonly string[]): { groupJid: string; code: number }[] {
    if (groupJids.length === 0) throw WorldError.badRequest();
    return groupJids.map((groupJid) => ({ groupJid, code: this.leaveOne(actor, groupJid) }));
  }

  private leaveOne(actor: Actor, groupJid: string): number {
    try {
      const group = this.context.group(groupJid);
      if (!group.members.delete(actor.account)) return 403;
      group.left.set(actor.account, this.context.now());
      this.context.emit(group, actor, { type: 'left', accounts: [actor.account] });
      this.appointAdmin(group);
      return 200;
    } catch (error) {
      if (error instanceof WorldError) return error.code;
      throw error;
    }
  }

  private changeRole(
    actor: Actor,
    groupJid: string,
    participants: readonly string[],
    action: 'promote' | 'demote',
    role: Role,
  ): Outcome[] {
    const group = this.administered(actor, groupJid);
    const changed = new Set<Account>();
    const outcomes = this.each(participants, action, (account) => {
      const present = group.members.get(account);
      if (present === undefined) return 404;
      if (present === 'superadmin' && action === 'demote') return this.context.switches.superadminProtectedCode;
      if (group.isAdmin(account) === (action === 'promote')) return this.context.switches.repeatedRoleChangeCode;
      group.members.set(account, role);
      changed.add(account);
      return 200;
    });
    const told = outcomes.filter(({ account }) => account !== undefined && changed.has(account));
    this.tell(group, actor, action === 'promote' ? 'promoted' : 'demoted', told);
    return outcomes;
  }

  private administered(actor: Actor, groupJid: string): Group {
    const group = this.context.group(groupJid);
    requireAdmin(group, actor.account, this.context.switches);
    return group;
  }

  private each(
    participants: readonly string[],
    action: ParticipantAction,
    apply: (account: Account) => number,
  ): Outcome[] {
    if (participants.length === 0 && action !== 'create') throw WorldError.badRequest();
    return participants.map((input) => {
      const account = this.context.directory.find(input);
      const imposed = this.context.imposedCode(input, action);
      const code = imposed ?? (account === undefined ? 404 : apply(account));
      return account === undefined ? { input, code } : { input, account, code };
    });
  }

  private withInvite(group: Group, actor: Actor, outcome: Outcome): Outcome {
    const { account, code } = outcome;
    if (account === undefined || !REFUSALS_WITH_INVITE.includes(code)) return outcome;
    const invite: PersonalInvite = {
      code: newInviteCode(),
      account,
      invitedBy: actor.account,
      expiresAt: this.context.now() + this.context.switches.personalInviteSeconds,
    };
    group.personalInvites.set(account, invite);
    return { ...outcome, invite };
  }

  private tell(
    group: Group,
    actor: Actor,
    type: 'added' | 'removed' | 'promoted' | 'demoted',
    outcomes: readonly Outcome[],
  ): void {
    const accounts = outcomes.flatMap(({ account, code }) => (code === 200 && account !== undefined ? [account] : []));
    if (accounts.length > 0) this.context.emit(group, actor, { type, accounts });
  }

  /** A group is never without an admin: when the last one goes, WhatsApp appoints the member who has been in it longest. */
  private appointAdmin(group: Group): void {
    const [eldest] = group.members.keys();
    if (eldest === undefined || group.hasAdmin()) return;
    group.members.set(eldest, 'admin');
    this.context.emit(group, undefined, { type: 'promoted', accounts: [eldest] });
  }
}
