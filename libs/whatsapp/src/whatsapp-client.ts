import type {
  GroupSettingChange,
  GroupSnapshot,
  InvitedGroup,
  JoinOutcome,
  JoinRequest,
  MemberAction,
  ParticipantResult,
  PersonalInvite,
  RequestAction,
  UserRef,
} from './group.js';

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
  abstract inviteInfo(code: string): Promise<InvitedGroup>;

  /** Those who wait to be let in, oldest first. Refused with 401 or 403 when the account is no admin. */
  abstract fetchJoinRequests(groupJid: string): Promise<JoinRequest[]>;

  /**
   * One result for each JID that was sent, in the order sent; 404 for who did not ask. Prefers LIDs. Waits 90 s for the
   * answer, where all else waits 60.
   */
  abstract answerJoinRequests(
    groupJid: string,
    action: RequestAction,
    participants: readonly string[],
  ): Promise<ParticipantResult[]>;

  /**
   * Both addresses of those who are on WhatsApp, for phone JIDs; who is left out is not, or has no LID that is known.
   * `phoneJid` is the one that was asked for: two spellings of one number have one LID.
   */
  abstract resolveUsers(phoneJids: readonly string[]): Promise<Required<UserRef>[]>;

  /**
   * Sends `to` (phone JID or LID) an invite for them alone, as a message. Resolves once WhatsApp has taken it. Several
   * stanzas: their devices and keys are asked for first. Refused with 404 when they are not on WhatsApp, 463 while the
   * account may not write to strangers, 479 and others when the message was not accepted.
   */
  abstract sendInvite(to: string, invite: PersonalInvite): Promise<void>;

  /** Where the group's picture can be fetched from for a while; `undefined` when it has none. */
  abstract pictureUrl(groupJid: string): Promise<string | undefined>;

  /** A square JPEG, as WhatsApp is to show it. Refused with 401 or 403 as a setting is, 406 when it is no such picture. */
  abstract setPicture(groupJid: string, jpeg: Uint8Array): Promise<void>;

  /** A success, too, when there is none. */
  abstract removePicture(groupJid: string): Promise<void>;
}

/** Finds the live client of a session, wherever its socket is. */
export abstract class WhatsAppClients {
  /**
   * Throws `SessionNotConnectedError` (naming `status`) unless the session is connected. The client keeps to the
   * session's limits: beyond them its actions throw `RateLimitedError`, and `AccountRestrictedError` while WhatsApp
   * restricts the account; nothing was sent then.
   */
  abstract for(session: LiveSession): WhatsAppClient;
}

/** What has to be known of a session to act for it. */
export interface LiveSession {
  id: string;
  status: string;
  /** Live actions, not reads. */
  ratePerMin: number;
  ratePerHour: number;
}
