import { parseUserJid, type UserRef } from '#whatsapp';

/** Somebody whom a request names. */
export interface Person {
  /** As the client wrote it. */
  input: string;
  /** What is known of their addresses: the one that was given, at least. */
  user: UserRef;
  /** By which of them they are named to WhatsApp; `undefined`: by none that it would know them by. */
  jid: string | undefined;
}

/** Everybody named, each once: the first way of writing them counts. The list was validated before. */
export function distinctPeople(inputs: readonly string[]): Person[] {
  const byJid = new Map<string, Person>();
  for (const input of inputs) {
    const { jid, kind } = parseUserJid(input) ?? { jid: input, kind: 'phone' };
    if (!byJid.has(jid)) byJid.set(jid, { input, jid, user: kind === 'lid' ? { lid: jid } : { phoneJid: jid } });
  }
  return [...byJid.values()];
}

/**
 * The same people in the same order, by all that is known of them (`users`). Whoever was named by both addresses goes by
 * the first of them: WhatsApp would act on them once, and then refuse to do it again.
 */
export function united(people: readonly Person[], users: readonly UserRef[]): Person[] {
  const sent = new Map<string, string | undefined>();
  return people.map((person, index) => {
    const user = { ...person.user, ...users[index] };
    const addresses = [user.phoneJid ?? [], user.lid ?? []].flat();
    const earlier = addresses.find((address) => sent.has(address));
    const jid = earlier === undefined ? person.jid : sent.get(earlier);
    for (const address of addresses) sent.set(address, jid);
    return { ...person, user, jid };
  });
}

/** What is to be sent for them: two who turned out to be one are named once. */
export function jidsOf(people: readonly Person[]): string[] {
  return [...new Set(people.flatMap(({ jid }) => jid ?? []))];
}
