import { generateMessageIDV2 } from '@whiskeysockets/baileys';
import { phoneNumberOf, type UserRef } from '#whatsapp';
import { childOf, childrenOf, element, numberOf, textOf, type BinaryNode } from './node.js';
import { known, WHATSAPP, type Query } from './query.js';
import { refusal } from './refusal.js';
import { userRef } from './user-ref.js';

/**
 * Who of these phone JIDs is on WhatsApp, with their LIDs; `phoneJid` is the one that was asked for, though WhatsApp
 * may write the number differently.
 */
export function userLookup(phoneJids: readonly string[]): Query<Required<UserRef>[]> {
  const phones = new Set(phoneJids.flatMap((jid) => phoneNumberOf(jid) ?? []));
  const users = [...phones].map((phone) => element('user', {}, [element('contact', {}, `+${phone}`)]));
  return lookup([element('contact'), element('lid')], users, (found) => found.flatMap((user) => bothOf(user) ?? []));
}

/** Whether WhatsApp knows of a device to which a message for this user (phone JID or LID) could go. */
export function deviceLookup(jid: string): Query<boolean> {
  return lookup([element('devices', { version: '2' })], [element('user', { jid })], (found) =>
    found.some((user) => childrenOf(childOf(childOf(user, 'devices'), 'device-list'), 'device').length > 0),
  );
}

/** `protocols`: what is to be told of each of `users`. */
function lookup<T>(protocols: BinaryNode[], users: BinaryNode[], read: (users: BinaryNode[]) => T): Query<T> {
  const asked = { sid: generateMessageIDV2(), mode: 'query', context: 'interactive', last: 'true', index: '0' };
  return {
    xmlns: 'usync',
    to: WHATSAPP,
    type: 'get',
    content: element('usync', asked, [element('query', {}, protocols), element('list', {}, users)]),
    expect: ['usync'],
    read: (answer) => {
      throwRefusal(answer);
      const list = childOf(answer, 'list');
      return read(childrenOf(known(list ?? answer, list !== undefined), 'user'));
    },
  };
}

/** The query as a whole succeeds even where WhatsApp would not look anybody up. */
function throwRefusal(answer: BinaryNode): void {
  for (const protocol of childrenOf(childOf(answer, 'result'))) {
    const error = childOf(protocol, 'error');
    if (error) throw refusal(numberOf(error.attrs.code) ?? 500, error.attrs.text ?? '', error);
  }
}

function bothOf(user: BinaryNode): Required<UserRef> | undefined {
  const contact = childOf(user, 'contact');
  if (contact?.attrs.type !== 'in') return undefined;
  // WhatsApp repeats what it was asked for. The JID is who that is: in some countries, by another spelling.
  const asked = textOf(contact)?.replace(/^\+/, '');
  const { phoneJid, lid } = userRef(asked, user.attrs.jid, childOf(user, 'lid')?.attrs.val) ?? {};
  return phoneJid === undefined || lid === undefined ? undefined : { phoneJid, lid };
}
