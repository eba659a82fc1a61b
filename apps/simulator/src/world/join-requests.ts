import type { Account } from './account.js';
import type { Actor } from './changes.js';
import type { RequestAction, WorldContext } from './context.js';
import type { Group, JoinRequest } from './group.js';
import type { Outcome } from './outcome.js';
import { requireAdmin } from './rules.js';
import { WorldError } from './world-error.js';

/** Those who wait for an admin to let them in. */
export class JoinRequests {
  constructor(private readonly context: WorldContext) {}

  /** Asking again changes nothing: the first request stands. */
  make(actor: Actor, group: Group, asked: Pick<JoinRequest, 'account' | 'method' | 'requestor'>): void {
    if (group.joinRequests.has(asked.account)) return;
    const request = { ...asked, at: this.context.now() };
    group.joinRequests.set(asked.account, request);
    this.context.emit(group, actor, { type: 'join_requested', request });
  }

  /** Oldest first; for admins. */
  list(actor: Actor, groupJid: string): JoinRequest[] {
    const group = this.context.group(groupJid);
    requireAdmin(group, actor.account, this.context.switches);
    return [...group.joinRequests.values()];
  }

  /** Per participant 404 for who did not ask, and 419 for who does not fit in; for admins. */
  answer(actor: Actor, groupJid: string, action: RequestAction, participants: readonly string[]): Outcome[] {
    const group = this.context.group(groupJid);
    const { switches } = this.context;
    requireAdmin(group, actor.account, switches);
    if (participants.length === 0) throw WorldError.badRequest();
    if (!group.approval && switches.answerWithoutApprovalCode !== 200)
      throw WorldError.of(switches.answerWithoutApprovalCode);
    const outcomes = participants.map((input) => this.answerOne(group, action, input));
    const accounts = outcomes.flatMap(({ account, code }) => (code === 200 && account !== undefined ? [account] : []));
    if (accounts.length > 0) {
      const type = action === 'approve' ? 'added' : 'join_request_revoked';
      this.context.emit(group, actor, { type, accounts });
    }
    return outcomes;
  }

  /** The one who asked thinks better of it. Refused with 404 when there is no request. */
  withdraw(actor: Actor, groupJid: string): void {
    const group = this.context.group(groupJid);
    if (!group.joinRequests.delete(actor.account)) throw WorldError.notFound();
    this.context.emit(group, actor, { type: 'join_request_revoked', accounts: [actor.account] });
  }

  /** Newcomers need no approval any more. */
  approvalEnded(actor: Actor, group: Group): void {
    if (this.context.switches.requestsOutliveApproval || group.joinRequests.size === 0) return;
    const accounts = [...group.joinRequests.keys()];
    group.joinRequests.clear();
    this.context.emit(group, actor, { type: 'join_request_revoked', accounts });
  }

  private answerOne(group: Group, action: RequestAction, input: string): Outcome {
    const account = this.context.directory.find(input);
    if (account === undefined) return { input, code: this.context.imposedCode(input, action) ?? 404 };
    const code = this.context.imposedCode(input, action) ?? this.settle(group, action, input, account);
    return { input, account, code };
  }

  private settle(group: Group, action: RequestAction, input: string, account: Account): number {
    const { switches } = this.context;
    const known = group.addressingMode === 'pn' || switches.requestersByPhone || input.endsWith('@lid');
    if (!known || !group.joinRequests.has(account)) return 404;
    if (action === 'approve') {
      if (group.members.size >= switches.maxGroupSize) return 419;
      group.admit(account);
    }
    group.joinRequests.delete(account);
    return 200;
  }
}
