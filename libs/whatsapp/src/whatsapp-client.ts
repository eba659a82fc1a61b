import type { GroupSettingChange, GroupSnapshot, JoinOutcome, MemberAction, ParticipantResult } from './group.js';

/**
 * What can be asked of WhatsApp on behalf of one linked account. Every method sends exactly one stanza (and says so
 * where it does not), takes and returns plain serializable data, and fails with one of `errors.ts`:
 *
 * - `SessionNotConnectedError`: nothing was sent.
 * - `OutcomeUnknownError`: the stanza was sent and no answer came, or the socket closed first.
 * - `WhatsAppRefusedError`: WhatsApp answered with an error code; what it means depends on the method.
 *
 * A refusal for one participant is a value (`ParticipantResult.code`), never an error.
 */
export abstract class WhatsAppClient {
  /** Every group that the account is in, members included: one stanza however many there are. */
  abstract fetchGroups(): Promise<GroupSnapshot[]>;

  /** One group. Refused with 403 when the account is not in it, 404 when there is none. */
  abstract fetchGroup(groupJid: string): Promise<GroupSnapshot>;

  /**
   * The group as WhatsApp describes it right after making it, and what it said of each participant: those that it
   * declined are not members.
   */
  abstract createGroup(
    subject: string,
    participants: readonly string[],
  ): Promise<{ group: GroupSnapshot; results: ParticipantResult[] }>;

  /** One result for each JID that was sent, in the order sent. */
  abstract updateMembers(
    groupJid: string,
    action: MemberAction,
    participants: readonly string[],
  ): Promise<ParticipantResult[]>;

  /**
   * One setting. A description replaces the one with id `previousDescriptionId` (none: there is none yet) and is
   * refused with 409 when that is stale. Returns the id of the new description, for a description.
   */
  abstract updateSetting(
    groupJid: string,
    change: GroupSettingChange,
    previousDescriptionId?: string,
  ): Promise<{ descriptionId?: string }>;

  /** The code of the group's invite link. Refused with 401 when the account is no admin, 403 when not a member. */
  abstract inviteCode(groupJid: string): Promise<string>;

  /** Resets the invite link; returns the new code. */
  abstract revokeInvite(groupJid: string): Promise<string>;

  /** Refused with 404 or 403 when the account is not in the group. */
  abstract leaveGroup(groupJid: string): Promise<void>;

  /** Joins by an invite's code. Refused with 406 (malformed), 404 or 410 (revoked or expired), 409 (already in it). */
  abstract joinGroup(code: string): Promise<JoinOutcome>;

  /** The group that an invite leads to, without joining. Refused as in `joinGroup`. */
  abstract inviteInfo(code: string): Promise<{ groupJid: string; subject: string }>;
}

/** Finds the live client of a session, wherever its socket is. */
export abstract class WhatsAppClients {
  /** Throws `SessionNotConnectedError` (naming `status`) unless the session is connected. */
  abstract for(session: { id: string; status: string }): WhatsAppClient;
}
