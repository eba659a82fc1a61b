import type { UserRef } from '#whatsapp';

/** One person by both addresses. */
export type Identity = Required<UserRef>;

/** What has to be written so that the stored identities become what was told. */
export interface IdentityChanges {
  /** LIDs whose phone number is another one now, or belongs to somebody else. */
  removed: string[];
  added: Identity[];
}

/**
 * Who is who while a change is planned: what is stored of those whom the change names, and what it tells itself. A LID
 * has one phone number and a phone number one LID; what is heard later wins.
 */
export class IdentityDraft {
  private readonly before = new Map<string, string>();
  private readonly phones = new Map<string, string>();
  private readonly lids = new Map<string, string>();
  private readonly heard = new Set<string>();

  /** `known`: where two disagree, the later one counts. */
  constructor(...known: readonly (readonly UserRef[])[]) {
    for (const users of known) for (const user of users) if (isIdentity(user)) this.pair(user);
    for (const [lid, phoneJid] of this.phones) this.before.set(lid, phoneJid);
  }

  /** The user by both addresses where they are known. A user who comes with both is learnt. */
  see<U extends UserRef>(user: U): U {
    if (isIdentity(user)) {
      if (this.phones.get(user.lid) !== user.phoneJid) {
        this.pair(user);
        this.heard.add(user.lid);
      }
      return user;
    }
    const phoneJid = user.lid === undefined ? undefined : this.phones.get(user.lid);
    const lid = user.phoneJid === undefined ? undefined : this.lids.get(user.phoneJid);
    if (phoneJid !== undefined) return { ...user, phoneJid };
    return lid === undefined ? user : { ...user, lid };
  }

  changes(): IdentityChanges {
    const changes: IdentityChanges = { removed: [], added: [] };
    if (this.heard.size === 0) return changes;
    for (const [lid, phoneJid] of this.before) if (this.phones.get(lid) !== phoneJid) changes.removed.push(lid);
    for (const lid of this.heard) {
      const phoneJid = this.phones.get(lid);
      if (phoneJid !== undefined && phoneJid !== this.before.get(lid)) changes.added.push({ lid, phoneJid });
    }
    return changes;
  }

  private pair({ lid, phoneJid }: Identity): void {
    const phoneBefore = this.phones.get(lid);
    const lidBefore = this.lids.get(phoneJid);
    if (phoneBefore !== undefined) this.lids.delete(phoneBefore);
    if (lidBefore !== undefined) this.phones.delete(lidBefore);
    this.phones.set(lid, phoneJid);
    this.lids.set(phoneJid, lid);
  }
}

export function isIdentity(user: UserRef): user is Identity {
  return user.lid !== undefined && user.phoneJid !== undefined;
}
