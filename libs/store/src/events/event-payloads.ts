import { z } from 'zod';

/*
 * What each event tells, beside its envelope. Nothing here ever holds a credential: a code that links a device, an
 * invite or a secret is fetched by whoever may, never sent. `jid` is a phone JID where it is known, else a LID; moments
 * are epoch milliseconds.
 */

const jid = z
  .string()
  .regex(/^[^@\s]+@(s\.whatsapp\.net|lid)$/)
  .meta({ description: 'Phone JID where it is known, else LID' });
const jids = z.array(jid).min(1);
const groupJid = z
  .string()
  .regex(/^[0-9-]+@g\.us$/)
  .meta({ description: 'JID of the group' });
const moment = z.int().min(0).meta({ description: 'Epoch milliseconds, UTC' });
const sender = jid.optional().meta({ description: 'Who did it; absent where WhatsApp does not say' });

const sessionStatus = z.strictObject({
  status: z.enum(['stopped', 'starting', 'scan_qr_code', 'working', 'failed', 'logged_out']),
  statusReason: z.string().optional(),
  nextRetryAt: moment.optional(),
});

const codeOffered = z.strictObject({ expiresAt: moment });

const groupUpdate = z.strictObject({
  groupJid,
  sender,
  /** `settings` names what changed; `joined` and `left` are about the linked account itself. */
  change: z.enum(['settings', 'joined', 'left']),
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
    .optional(),
});

const participantChange = { groupJid, sender };
const groupParticipant = z.union([
  z.strictObject({ ...participantChange, join: jids }),
  z.strictObject({ ...participantChange, leave: jids }),
  z.strictObject({ ...participantChange, promote: jids }),
  z.strictObject({ ...participantChange, demote: jids }),
]);

const groupJoinRequest = z.strictObject({
  groupJid,
  sender,
  action: z.enum(['created', 'revoked']),
  participants: jids,
  method: z.string().optional().meta({ description: "How they asked, in WhatsApp's word" }),
});

const webhookPaused = z.strictObject({
  webhookId: z.string().regex(/^wh_[0-9A-Z]{26}$/),
  reason: z.string(),
  pausedAt: moment,
});

/** By name of the event: the shape of its payload, and what it is for. */
export const EVENT_PAYLOADS = {
  'session.status': sessionStatus.meta({ description: 'A session came to another status' }),
  'auth.qr': codeOffered.meta({ description: 'A QR code can be fetched, by who may manage' }),
  'auth.code': codeOffered.meta({ description: 'A pairing code was given to whoever asked for it' }),
  'group.update': groupUpdate.meta({ description: 'Settings of a group changed, or the account came or went' }),
  'group.participant': groupParticipant.meta({
    description: 'People joined, left, or changed their role: one of the four',
  }),
  'group.join_request': groupJoinRequest.meta({ description: 'Somebody asks to join a group, or does no longer' }),
  'webhook.paused': webhookPaused.meta({
    description: 'An endpoint kept failing and gets nothing until it is activated',
  }),
} as const;

export type EventName = keyof typeof EVENT_PAYLOADS;
export const EVENT_NAMES = Object.keys(EVENT_PAYLOADS) as [EventName, ...EventName[]];
export type EventPayload<N extends EventName = EventName> = z.infer<(typeof EVENT_PAYLOADS)[N]>;
