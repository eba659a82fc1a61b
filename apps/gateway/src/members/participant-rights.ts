import { ConflictError, ForbiddenError, NotFoundError } from '#errors';
import type { GroupRecord } from '#store';
import { WhatsAppRefusedError, type ParticipantAction, type RequestAction } from '#whatsapp';

export function isRequestAction(action: ParticipantAction): action is RequestAction {
  return action === 'approve' || action === 'reject';
}

/**
 * What is refused without asking WhatsApp, by what is stored. It has the last word on everything else; about a group that
 * the account has left, too.
 */
export function requireRights({ myRole, joinApproval }: GroupRecord, action: ParticipantAction): void {
  if (myRole === 'left') return;
  // WhatsApp would let a plain member add where the group allows it; this API asks for an admin.
  if (action === 'add' && myRole === 'member') throw notAdmin();
  if (!isRequestAction(action) || joinApproval) return;
  throw myRole === 'member' ? notAdmin() : approvalIsOff();
}

/** Who named nobody whom WhatsApp could be asked about still hears first of the rights that are missing. */
export function requireAdmin({ myRole }: GroupRecord): void {
  if (myRole === 'left') throw new NotFoundError('group');
  if (myRole !== 'admin' && myRole !== 'superadmin') throw notAdmin();
}

/** A conflict about join requests as a whole means that the group does not take any. */
export function requestRefusal(error: unknown): unknown {
  const isConflict = error instanceof WhatsAppRefusedError && error.whatsappCode === 409;
  return isConflict ? approvalIsOff({ cause: error }) : error;
}

export function notAdmin(): ForbiddenError {
  return new ForbiddenError('not_group_admin', 'the account is not an admin of this group');
}

function approvalIsOff(options?: ErrorOptions): ConflictError {
  return new ConflictError('join_approval_off', 'members of this group join without approval', {}, options);
}
