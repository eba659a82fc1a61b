import type { GroupChange, GroupNotification, MemberAction, ParticipantResult, UserRef } from '#whatsapp';
import type { GroupDraft } from './group-draft.js';
import type { News } from './group-events.js';
import { isSameUser } from './stored-group.js';

/**
 * What one change of a notification does to a stored group. `false`: the group has to be read again to know.
 *
 * A group that the account has left stays as it was last seen until the account is added again: what still arrives
 * about it was sent before.
 */
export function applyChange(draft: GroupDraft, change: GroupChange, self: UserRef): boolean {
  // Renumbering is heard as a whole: the number that was is no news.
  if (change.type !== 'renumbered') draft.hear(usersOf(change));
  if (draft.isLeft) return !isArrival(change, self);
  switch (change.type) {
    case 'added':
      draft.add(change.participants);
      return true;
    case 'removed':
    case 'left':
      draft.remove(change.participants);
      return true;
    case 'promoted':
      draft.setRole(change.participants, 'admin');
      return true;
    case 'demoted':
      draft.setRole(change.participants, 'member');
      return true;
    case 'settings':
      draft.set(change.settings, change.descriptionId);
      return true;
    case 'created':
      draft.takeSnapshot(change.group);
      return true;
    case 'deleted':
      draft.leave();
      return true;
    case 'renumbered':
      return draft.renumber(change.from, change.to);
    case 'join_requested':
      draft.request('created', change.participants, change.method);
      return true;
    case 'join_request_revoked':
      draft.request('revoked', change.participants);
      return true;
    case 'invite_reset':
      return true;
    case 'unknown':
      return false;
  }
}

/** What brought the account into a group, if a notification says that it came. */
export function arrivalIn({ changes, actor }: GroupNotification, self: UserRef): News | undefined {
  return changes.some((change) => isArrival(change, self)) ? { actor } : undefined;
}

function isArrival(change: GroupChange, self: UserRef): boolean {
  return change.type === 'added' && change.participants.some((user) => isSameUser(user, self));
}

const DONE = 200;
/** To anything but an add. */
export const NO_SUCH_MEMBER = 404;
const ALREADY_THERE = 409;

/**
 * What WhatsApp's answer to a member action does. Beside what it did, it tells who is a member: 409 to an add says that
 * somebody is, 404 to anything but an add that somebody is not.
 */
export function applyResult(draft: GroupDraft, action: MemberAction, result: ParticipantResult): void {
  const { phoneJid, lid, code } = result;
  const user = { phoneJid, lid };
  draft.hear([user]);
  if (draft.isLeft) return;
  if (code !== DONE) draft.findOut(user);
  if (action === 'add') {
    if (code === DONE || code === ALREADY_THERE) draft.add([{ ...user, role: 'member' }]);
  } else if (code === NO_SUCH_MEMBER) draft.remove([user]);
  else if (code === DONE) {
    if (action === 'remove') draft.remove([user]);
    else draft.setRole([user], action === 'promote' ? 'admin' : 'member');
  }
}

/** Everybody whom a change names: the rows that it can touch. */
export function usersOf(change: GroupChange): readonly UserRef[] {
  if ('participants' in change) return change.participants;
  return change.type === 'renumbered' ? [change.from, change.to] : [];
}
