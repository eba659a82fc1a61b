import type { Account } from './account.js';
import type { Group } from './group.js';
import type { Switches } from './switches.js';
import { WorldError } from './world-error.js';

const MAX_SUBJECT = 100;
const MAX_DESCRIPTION = 2048;
/** A day, a week, ninety days: what the phones offer; 0 turns it off. */
const EPHEMERAL_SECONDS = [0, 86_400, 604_800, 7_776_000];

export function requireMember(group: Group, account: Account): void {
  if (!group.members.has(account)) throw WorldError.forbidden();
}

export function requireAdmin(group: Group, account: Account, switches: Switches): void {
  requireMember(group, account);
  if (group.isAdmin(account)) return;
  throw WorldError.of(switches.notAdminCode);
}

/** Subject, description and disappearing messages: everybody's unless the group is locked. */
export function requireMayEditInfo(group: Group, account: Account, switches: Switches): void {
  if (group.locked) requireAdmin(group, account, switches);
  else requireMember(group, account);
}

export function requireMayAdd(group: Group, account: Account, switches: Switches): void {
  if (group.memberAddMode === 'all_member_add') requireMember(group, account);
  else requireAdmin(group, account, switches);
}

export function requireSubject(subject: string): void {
  if (subject.length === 0 || subject.length > MAX_SUBJECT) throw WorldError.notAcceptable();
}

export function requireDescription(text: string): void {
  if (text.length > MAX_DESCRIPTION) throw WorldError.notAcceptable();
}

export function requireEphemeralSeconds(seconds: number): void {
  if (!EPHEMERAL_SECONDS.includes(seconds)) throw WorldError.badRequest();
}

/** Whether the account itself wants to come in: its privacy does not stand against that. */
function hasAsked(group: Group, account: Account): boolean {
  const request = group.joinRequests.get(account);
  return request !== undefined && request.requestor === undefined;
}

/** Why WhatsApp does not add `account`, as its own code; 200 when it does. */
export function addingCode(group: Group, account: Account, by: Account, now: number, switches: Switches): number {
  if (group.members.has(account)) return 409;
  if (account.blocks(by)) return 401;
  if (!hasAsked(group, account)) {
    const leftAt = group.left.get(account);
    if (leftAt !== undefined && now - leftAt < switches.recentlyLeftSeconds) return 408;
    if (!account.letsBeAddedBy(by)) return 403;
  }
  return group.members.size >= switches.maxGroupSize ? 419 : 200;
}
