import { once } from 'node:events';
import { generateMessageIDV2, jidDecode, jidNormalizedUser, type proto, type WASocket } from '@whiskeysockets/baileys';
import { OutcomeUnknownError, SessionNotConnectedError, WhatsAppRefusedError, type PersonalInvite } from '#whatsapp';
import { numberOf, type BinaryNode } from './node.js';
import { refusal, refusalBehind } from './refusal.js';
import { closedTooEarly, sendQuery, type QueryLimits, type QuerySocket } from './send-query.js';
import type { SentInvites } from './sent-invites.js';
import { untilAborted } from './until-aborted.js';
import { deviceLookup } from './usync-query.js';

/** What sending an invite needs of a Baileys socket. */
export type MessageSocket = QuerySocket &
  Pick<WASocket, 'getUSyncDevices' | 'relayMessage' | 'user'> & { ws: NodeJS.EventEmitter };

/**
 * Sends a personal invite as a message. Baileys asks for the devices and keys of both sides first, each a stanza of its
 * own. Refused with 404 when the user is not on WhatsApp, else with the code with which WhatsApp turns a message down.
 */
export async function sendInvite(
  socket: MessageSocket,
  to: string,
  invite: PersonalInvite,
  sent: SentInvites,
  limits: QueryLimits,
): Promise<void> {
  if (limits.ending.aborted || !socket.ws.isOpen) throw notSent();
  try {
    await untilAborted(requireDevice(socket, to, limits), limits.ending, notSent);
    await untilAborted(deliver(socket, to, messageOf(invite), sent, limits.timeoutMs), limits.ending, closedTooEarly);
  } catch (error) {
    throw failureOf(error);
  }
}

/**
 * Baileys would send a message for no device at all where WhatsApp named none or did not answer, and WhatsApp would
 * take it. Asking here first, with the very addresses that Baileys is about to look up, costs nothing: it remembers.
 */
async function requireDevice(socket: MessageSocket, to: string, limits: QueryLimits): Promise<void> {
  const own = ownAddresses(socket);
  const isLid = jidDecode(to)?.server === 'lid';
  const sender = own.find((jid) => (jidDecode(jid)?.server === 'lid') === isLid) ?? own[0];
  const addresses = sender === undefined ? [to] : [sender, to];
  const devices = await socket.getUSyncDevices(addresses, true, false);
  const ownUsers = own.map((jid) => jidDecode(jid)?.user);
  if (devices.some(({ user }) => !ownUsers.includes(user))) return;
  if (await sendQuery(socket, deviceLookup(to), limits)) throw new OutcomeUnknownError();
  throw refusal(404, 'not on WhatsApp', undefined);
}

/** Resolves with WhatsApp's acknowledgement: that Baileys has written the message says nothing. */
async function deliver(
  socket: MessageSocket,
  to: string,
  message: proto.IMessage,
  sent: SentInvites,
  timeoutMs: number,
): Promise<void> {
  const messageId = generateMessageIDV2(socket.user?.id);
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(), timeoutMs);
  sent.add(messageId, message);
  try {
    const taken = once(socket.ws, `CB:ack,id:${messageId}`, { signal: silence.signal }) as Promise<[BinaryNode]>;
    const [[ack]] = await Promise.all([taken, socket.relayMessage(to, message, { messageId })]);
    const { error } = ack.attrs;
    if (error !== undefined) throw refusal(numberOf(error) ?? 500, 'the message was not accepted', ack);
  } finally {
    clearTimeout(timer);
    silence.abort();
  }
}

function messageOf({ groupJid, subject, code, expiresAt }: PersonalInvite): proto.IMessage {
  const inviteExpiration = Math.floor(expiresAt / 1000);
  return { groupInviteMessage: { groupJid, groupName: subject, inviteCode: code, inviteExpiration } };
}

function ownAddresses({ user }: MessageSocket): string[] {
  return [user?.id, user?.lid].flatMap((jid) => (jid === undefined ? [] : jidNormalizedUser(jid)));
}

function notSent(): Error {
  return new SessionNotConnectedError('starting');
}

function failureOf(error: unknown): Error {
  const isOurs =
    error instanceof OutcomeUnknownError ||
    error instanceof SessionNotConnectedError ||
    error instanceof WhatsAppRefusedError;
  return isOurs ? error : (refusalBehind(error) ?? new OutcomeUnknownError(undefined, { cause: error }));
}
