import { z } from 'zod';

/*
 * What each event tells, beside its envelope. Nothing here ever holds a credential: a code that links a device, an
 * invite or a secret is fetched by whoever may, never sent. `jid` is a phone JID where it is known, else a LID; moments
 * are epoch milliseconds.
 */

/** People in one event: a few kilobytes. */
export const JIDS_AT_ONCE = 256;

const jid = z
  .string()
  .regex(/^[^@\s]+@(s\.whatsapp\.net|lid)$/)
  .meta({ description: 'Phone JID where it is known, else LID' });
/** More are told in several events. */
const jids = z.array(jid).min(1).max(JIDS_AT_ONCE);
const groupJid = z
  .string()
  .regex(/^[0-9-]+@g\.us$/)
  .meta({ description: 'JID of the group' });
const moment = z.int().min(0).meta({ description: 'Epoch milliseconds, UTC' });
const sender = jid.optional().meta({
  description: 'Who did it; absent where WhatsApp does not say, and for what was only found out when a group was read',
});

const sessionStatus = z.strictObject({
  status: z.enum(['stopped', 'starting', 'scan_qr_code', 'working', 'failed', 'logged_out']),
  statusReason: z.string().optional().meta({ description: 'Why; absent when there is nothing to say' }),
  nextRetryAt: moment.optional().meta({ description: 'When the next try is due; epoch milliseconds, UTC' }),
});

const codeOffered = z.strictObject({
  expiresAt: moment.meta({ description: 'Until when the code can be used; epoch milliseconds, UTC' }),
});

const groupUpdate = z.strictObject({
  groupJid,
  sender,
  change: z.enum(['settings', 'joined', 'left']).meta({
    description: [
      '`settings`: see there.',
      '`joined`: the linked account came into the group; what it is like, and who is in it, is to be read.',
      '`left`: the account is no longer in the group, or the group was ended.',
      'Neither is told as a `join` or `leave` of the account, too.',
    ].join(' '),
  }),
  settings: z
    .strictObject({
      subject: z.string(),
      description: z.string(),
      isAnnounce: z.boolean(),
      isLocked: z.boolean(),
      joinApproval: z.boolean(),
      memberAddMode: z.enum(['admin_add', 'all_member_add']),
      ephemeralSeconds: z.int().min(0),
    })
    .partial()
    .optional()
    .meta({ description: 'What changed, with the new values; only with the change `settings`' }),
});

const participantChange = { groupJid, sender };
const groupParticipant = z.union([
  z.strictObject({ ...participantChange, join: jids.meta({ description: 'Who came; never the linked account' }) }),
  z.strictObject({ ...participantChange, leave: jids.meta({ description: 'Who went; never the linked account' }) }),
  z.strictObject({ ...participantChange, promote: jids.meta({ description: 'Who became an admin' }) }),
  z.strictObject({ ...participantChange, demote: jids.meta({ description: 'Who is an admin no longer' }) }),
]);

const groupJoinRequest = z.strictObject({
  groupJid,
  sender,
  action: z.enum(['created', 'revoked']),
  participants: jids,
  method: z.string().optional().meta({ description: "How they asked, in WhatsApp's word" }),
});

const webhookId = z
  .string()
  .regex(/^wh_[0-9A-Z]{26}$/)
  .meta({ description: 'Id of the webhook' });

const webhookPaused = z.strictObject({
  webhookId,
  reason: z.string(),
  pausedAt: moment,
});

/** By name of the event: the shape of its payload, and what it is for. */
export const EVENT_PAYLOADS = {
  'session.status': sessionStatus.meta({
    description:
      'A session came to another status, or there is another reason for it. That it was made, or deleted, is none',
  }),
  'auth.qr': codeOffered.meta({ description: 'A QR code can be fetched, by who may manage' }),
  'auth.code': codeOffered.meta({ description: 'A pairing code was given to whoever asked for it' }),
  'group.update': groupUpdate.meta({ description: 'Settings of a group changed, or the account came or went' }),
  'group.participant': groupParticipant.meta({
    description:
      'People joined, left, or changed their role: one of the four. Who joins as an admin is promoted, too; who goes by ' +
      'another number is who they were, and that is not told',
  }),
  'group.join_request': groupJoinRequest.meta({ description: 'Somebody asks to join a group, or does no longer' }),
  'webhook.paused': webhookPaused.meta({
    description: 'An endpoint kept failing and gets nothing until it is activated',
  }),
} as const;

/** What is sent on request to try an endpoint, and is never in the log. */
export const TEST_EVENT = 'webhook.test';

/** All that an endpoint can get. */
export const SENT_PAYLOADS = {
  ...EVENT_PAYLOADS,
  [TEST_EVENT]: z
    .strictObject({ webhookId })
    .meta({ description: 'Somebody tries the endpoint; nothing has happened' }),
} as const;

export type EventName = keyof typeof EVENT_PAYLOADS;
export type SentEventName = keyof typeof SENT_PAYLOADS;
export const EVENT_NAMES = Object.keys(EVENT_PAYLOADS) as [EventName, ...EventName[]];
export type EventPayload<N extends EventName = EventName> = z.infer<(typeof EVENT_PAYLOADS)[N]>;
