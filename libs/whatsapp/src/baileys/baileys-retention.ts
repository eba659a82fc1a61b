import type { SignalDataTypeMap } from '@whiskeysockets/baileys';
import { CredentialRetention, parseUserJid, type StoredCredential, type UserRef } from '#whatsapp';

const DAY_MS = 24 * 3_600_000;
/**
 * Nothing goes before it lay untouched for so long. WhatsApp keeps what it could not deliver for 30 days, so that nothing
 * that is still to arrive was encrypted for a key that is older than this and stays unused.
 */
export const UNTOUCHED_DAYS = 90;
/**
 * As many pre-keys stay, however old. Baileys makes at most 812 at once, and only when WhatsApp has none or next to none
 * left: those that it can still hand out, and those that were never uploaded, are among twice that number.
 */
export const PRE_KEYS_KEPT = 2 * 812;
/** Where Baileys lists whose tokens it has. */
const TOKEN_INDEX = '__index';

interface Known {
  /** The digits of the account's own phone number and LID. */
  own: ReadonlySet<string>;
  /** Whether both of them are known. */
  isWhole: boolean;
  newestPreKey: number;
  /** Ids of all Signal sessions. */
  sessions: ReadonlySet<string>;
}

type Stays = (id: string, known: Known) => boolean;

const always: Stays = () => true;
const never: Stays = () => false;

/**
 * What stays though nobody touched it: one line for each kind that Baileys knows. `creds`, and kinds that a later Baileys
 * may bring, are not named, and stay.
 */
const STAYS: Readonly<Record<keyof SignalDataTypeMap, Stays>> = {
  'pre-key': isAmongNewest,
  session: isOwn,
  'identity-key': (id, known) => isOwn(id, known) || known.sessions.has(id),
  'sender-key': (id, known) => isOwn(id.split('::')[1] ?? '', known),
  // Without it the sender key of a group is handed out once more with the next message to it.
  'sender-key-memory': never,
  'device-list': isOwn,
  'lid-mapping': isOwn,
  tctoken: (id) => id === TOKEN_INDEX,
  // Only the phone has them, and only they read the account's settings. There are a handful.
  'app-state-sync-key': always,
  'app-state-sync-version': always,
};

/** The rules for what Baileys stores, which docs/guides/operating.md gives the reasons of. */
export class BaileysRetention extends CredentialRetention {
  readonly untouchedMs = UNTOUCHED_DAYS * DAY_MS;

  prunable(stored: readonly StoredCredential[], account: UserRef): StoredCredential[] {
    const known = knownOf(stored, account);
    return stored.filter(({ kind, id, ageMs }) => {
      const stays: Stays | undefined = isKnownKind(kind) ? STAYS[kind] : undefined;
      return stays !== undefined && ageMs > this.untouchedMs && !stays(id, known);
    });
  }
}

function isKnownKind(kind: string): kind is keyof SignalDataTypeMap {
  return Object.hasOwn(STAYS, kind);
}

function knownOf(stored: readonly StoredCredential[], { phoneJid, lid }: UserRef): Known {
  const own = [phoneJid, lid].flatMap((jid) => parseUserJid(jid ?? '')?.user ?? []);
  const idsOf = (wanted: string): string[] => stored.flatMap(({ kind, id }) => (kind === wanted ? id : []));
  return {
    own: new Set(own),
    isWhole: own.length === 2,
    newestPreKey: idsOf('pre-key').reduce((newest, id) => Math.max(newest, Number(id) || 0), 0),
    sessions: new Set(idsOf('session')),
  };
}

/** `id` begins with the digits of whom it is about. What is about the account itself is in daily use, and few. */
function isOwn(id: string, { own, isWhole }: Known): boolean {
  return !isWhole || own.has(/^\d+/.exec(id)?.[0] ?? '');
}

function isAmongNewest(id: string, { newestPreKey }: Known): boolean {
  return !(Number(id) <= newestPreKey - PRE_KEYS_KEPT);
}
