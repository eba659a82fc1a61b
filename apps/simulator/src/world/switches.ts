/** What the true server does where nobody has seen it, or where it has been seen to do both. */
export interface Switches {
  /** Whether the device that made a change is notified of it, as every other device is. */
  echoToActor: boolean;
  /** How a notification says that somebody left by himself: a tag of its own, or a `remove` whose actor is the one who is gone. */
  leaveTag: 'leave' | 'remove';
  /** How a new group addresses its members when its maker does not say. */
  defaultAddressingMode: 'pn' | 'lid';
  /** What an ordinary member is told who asks for an admin's action. Reading the invite link is always 401. */
  notAdminCode: 401 | 403;
  /** Per participant: promoting an admin, demoting an ordinary member. 200 changes nothing and notifies nobody. */
  repeatedRoleChangeCode: 200 | 409;
  /** Per participant: removing or demoting the one who made the group. */
  superadminProtectedCode: 405 | 406;
  /** Joining by invite while already a member: refused with 409, or answered as if joined (200). */
  joinAgainCode: 200 | 409;
  /** An invite code that is well-formed and leads nowhere. */
  unknownInviteCode: 404 | 406;
  /** Whether one who was removed by an admin can come back by the invite link. If not: 401. */
  removedMayRejoin: boolean;
  /** Seconds for which one who left by himself cannot be added (408). 0: always can. */
  recentlyLeftSeconds: number;
  /** What a participant is answered with whom an ordinary member adds where admins approve newcomers: asked for, not added. */
  memberAddRequestCode: 200 | 202;
  /** Approving or rejecting where newcomers need no approval: the query is refused, or (200) answered per participant. */
  answerWithoutApprovalCode: 200 | 403 | 409;
  /** Whether a phone JID finds a request in a group that is addressed by LID. If not: 404 for that participant. */
  requestersByPhone: boolean;
  /** Whether requests stay when newcomers need no approval any more. */
  requestsOutliveApproval: boolean;
  /** How long the invite is good that comes with a privacy refusal. */
  personalInviteSeconds: number;
  /** Whether a refusal because the account is restricted (463) says until when: as `expiration` of its `error`. */
  tellsRestrictionEnd: boolean;
  /** Members that a group can hold; one more is 419. */
  maxGroupSize: number;
  /** Whether a participant's result carries the other address (`phone_number`, `lid`) beside `jid`. */
  otherAddressInResults: boolean;
  /** Whether a notification that was sent and never acknowledged comes again at the next login. */
  redeliverUnacknowledged: boolean;
  /** The oldest WhatsApp Web version that is let in; others get `<failure reason=405>`. */
  oldestVersion: readonly [number, number, number];
  /** Frames whose plaintext is longer than this many bytes are compressed. */
  compressAbove: number;
  /** QR references handed out for one connection. */
  pairingReferences: number;
}

export const DEFAULT_SWITCHES: Readonly<Switches> = {
  echoToActor: false,
  leaveTag: 'leave',
  defaultAddressingMode: 'lid',
  notAdminCode: 403,
  repeatedRoleChangeCode: 200,
  superadminProtectedCode: 405,
  joinAgainCode: 409,
  unknownInviteCode: 404,
  removedMayRejoin: true,
  recentlyLeftSeconds: 24 * 60 * 60,
  memberAddRequestCode: 202,
  answerWithoutApprovalCode: 409,
  requestersByPhone: false,
  requestsOutliveApproval: false,
  personalInviteSeconds: 3 * 24 * 60 * 60,
  tellsRestrictionEnd: true,
  maxGroupSize: 1024,
  otherAddressInResults: true,
  redeliverUnacknowledged: true,
  oldestVersion: [2, 3000, 0],
  compressAbove: 2048,
  pairingReferences: 6,
};
