import type { Participant, ParticipantRole, UserRef } from '#whatsapp';
import { newId } from '../new-id.js';
import { isAdmin, type StoredMember } from './stored-group.js';

export interface RosterChanges {
  removed: string[];
  /** New members, and known ones whose address changed: those are among `removed` too and keep id and `firstSeenAt`. */
  added: StoredMember[];
  updated: StoredMember[];
}

/** What became of people. Who is known by another address now is who they were. */
export interface RosterNews {
  joined: StoredMember[];
  /** As they were last known. */
  left: StoredMember[];
  /** To admin; some may have joined, too. A super-admin is an admin. */
  promoted: StoredMember[];
  demoted: StoredMember[];
}

const RANK: Record<ParticipantRole, number> = { member: 0, admin: 1, superadmin: 2 };

/**
 * The members of one group, or those of them that a change can touch. A person is one row, whichever of the two
 * addresses is seen; the LID decides where they disagree, since a phone number can move to another account.
 */
export class Roster {
  private readonly before = new Map<string, StoredMember>();
  private readonly members = new Map<string, StoredMember>();
  private readonly byPhone = new Map<string, StoredMember>();
  private readonly byLid = new Map<string, StoredMember>();
  /** By id: those of the members who were members before, and whether they were admins. */
  private readonly wasAdmin = new Map<string, boolean>();
  private readonly left: StoredMember[] = [];

  constructor(stored: readonly StoredMember[]) {
    for (const member of stored) {
      this.before.set(member.id, member);
      this.wasAdmin.set(member.id, isAdmin(member.role));
      this.insert({ ...member });
    }
  }

  get size(): number {
    return this.members.size;
  }

  /** How many members more there are than at the start. */
  get growth(): number {
    return this.members.size - this.before.size;
  }

  find(user: UserRef): Readonly<StoredMember> | undefined {
    return this.lidHolder(user) ?? this.phoneHolder(user);
  }

  /** Learns the addresses of a known member, and finds out that two rows are the same person. */
  recognize(user: UserRef): StoredMember | undefined {
    const byLid = this.lidHolder(user);
    const byPhone = this.phoneHolder(user);
    const member = byLid && byPhone && byLid !== byPhone ? this.unite(byLid, byPhone) : (byLid ?? byPhone);
    if (member) this.address(member, user);
    return member;
  }

  /** Takes in who is who, of people who need not be members: a number that somebody else has now is not theirs any longer. */
  identify(identity: UserRef): void {
    const holder = this.phoneHolder(identity);
    if (holder?.lid !== undefined && holder.lid !== identity.lid) this.withdrawPhone(holder);
    this.recognize(identity);
  }

  /** Adds who is not a member yet; the role of a known member stays. */
  add(participant: Participant, now: number): StoredMember | undefined {
    const known = this.recognize(participant);
    if (known) {
      if (participant.tag !== undefined) known.tag = participant.tag;
      return known;
    }
    const { phoneJid, lid, role, tag } = participant;
    if (phoneJid === undefined && lid === undefined) return undefined;
    return this.insert({ id: newId(), phoneJid, lid, role, tag, firstSeenAt: now });
  }

  remove(user: UserRef): void {
    const member = this.recognize(user);
    if (member) this.depart(member);
  }

  /** Removes everybody whose id is not among `ids`. */
  keepOnly(ids: ReadonlySet<string>): void {
    for (const member of [...this.members.values()]) if (!ids.has(member.id)) this.depart(member);
  }

  /** `false` when neither address is known. */
  renumber(from: UserRef, to: UserRef): boolean {
    let member = this.recognize(from);
    if (!member) return this.recognize(to) !== undefined;
    for (const other of [this.lidHolder(to), this.phoneHolder(to)]) {
      if (other && other !== member && this.members.has(other.id)) member = this.merge(member, other);
    }
    this.address(member, to);
    return true;
  }

  changes(): RosterChanges {
    const changes: RosterChanges = { removed: [], added: [], updated: [] };
    for (const id of this.before.keys()) if (!this.members.has(id)) changes.removed.push(id);
    for (const member of this.members.values()) {
      const before = this.before.get(member.id);
      if (!before) changes.added.push(member);
      else if (before.phoneJid !== member.phoneJid || before.lid !== member.lid) {
        // Written as a new row, so that two members may exchange an address within one statement.
        changes.removed.push(member.id);
        changes.added.push(member);
      } else if (before.role !== member.role || (before.tag ?? '') !== (member.tag ?? '')) changes.updated.push(member);
    }
    return changes;
  }

  news(): RosterNews {
    const news: RosterNews = { joined: [], left: this.left, promoted: [], demoted: [] };
    for (const member of this.members.values()) {
      const wasAdmin = this.wasAdmin.get(member.id);
      if (wasAdmin === undefined) news.joined.push(member);
      if (isAdmin(member.role) !== (wasAdmin ?? false)) news[wasAdmin ? 'demoted' : 'promoted'].push(member);
    }
    return news;
  }

  private lidHolder({ lid }: UserRef): StoredMember | undefined {
    return lid === undefined ? undefined : this.byLid.get(lid);
  }

  private phoneHolder({ phoneJid }: UserRef): StoredMember | undefined {
    return phoneJid === undefined ? undefined : this.byPhone.get(phoneJid);
  }

  /** Two rows for what is now known to be one person, unless the number came from another account. */
  private unite(byLid: StoredMember, byPhone: StoredMember): StoredMember {
    if (byPhone.lid === undefined) return this.merge(byLid, byPhone);
    this.withdrawPhone(byPhone);
    return byLid;
  }

  private withdrawPhone(member: StoredMember): void {
    if (member.phoneJid !== undefined) this.byPhone.delete(member.phoneJid);
    member.phoneJid = undefined;
  }

  private merge(one: StoredMember, other: StoredMember): StoredMember {
    const [kept, dropped] = one.firstSeenAt <= other.firstSeenAt ? [one, other] : [other, one];
    this.drop(dropped);
    this.carryOver(dropped, kept);
    if (RANK[dropped.role] > RANK[kept.role]) kept.role = dropped.role;
    kept.tag ??= dropped.tag;
    this.address(kept, { phoneJid: kept.phoneJid ?? dropped.phoneJid, lid: kept.lid ?? dropped.lid });
    return kept;
  }

  /** Who was a member under one of two rows was one; an admin, likewise. */
  private carryOver(dropped: StoredMember, kept: StoredMember): void {
    const were = [dropped, kept].flatMap(({ id }) => this.wasAdmin.get(id) ?? []);
    this.wasAdmin.delete(dropped.id);
    if (were.length > 0) this.wasAdmin.set(kept.id, were.includes(true));
  }

  private address(member: StoredMember, { phoneJid, lid }: UserRef): void {
    if (phoneJid !== undefined && phoneJid !== member.phoneJid) {
      if (member.phoneJid !== undefined) this.byPhone.delete(member.phoneJid);
      member.phoneJid = phoneJid;
      this.byPhone.set(phoneJid, member);
    }
    if (lid !== undefined && lid !== member.lid) {
      if (member.lid !== undefined) this.byLid.delete(member.lid);
      member.lid = lid;
      this.byLid.set(lid, member);
    }
  }

  private insert(member: StoredMember): StoredMember {
    this.members.set(member.id, member);
    if (member.phoneJid !== undefined) this.byPhone.set(member.phoneJid, member);
    if (member.lid !== undefined) this.byLid.set(member.lid, member);
    return member;
  }

  private depart(member: StoredMember): void {
    if (this.wasAdmin.delete(member.id)) this.left.push(member);
    this.drop(member);
  }

  private drop(member: StoredMember): void {
    this.members.delete(member.id);
    if (member.phoneJid !== undefined) this.byPhone.delete(member.phoneJid);
    if (member.lid !== undefined) this.byLid.delete(member.lid);
  }
}
