import { parseUserJid } from '#whatsapp';

/** Somebody whom a request of product B names. */
export interface NamedParticipant {
  /** As the client wrote it; what is no text, as JSON. */
  text: string;
  /** Normalized; `undefined`: it names nobody. */
  jid: string | undefined;
}

/** A phone number may come as a JSON number. */
export function readParticipants(items: readonly unknown[]): NamedParticipant[] {
  return items.map((item) => {
    const text = typeof item === 'string' ? item : JSON.stringify(item);
    return { text, jid: parseUserJid(text.trim())?.jid };
  });
}

export function distinctJidsOf(named: readonly NamedParticipant[]): string[] {
  return [...new Set(named.flatMap(({ jid }) => jid ?? []))];
}
