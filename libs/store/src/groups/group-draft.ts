import type { GroupSettings, GroupSnapshot, Participant, ParticipantRole, UserRef } from '#whatsapp';
import { IdentityDraft, type Identity } from '../identities/identity-draft.js';
import type { SessionEvent } from '../events/event.record.js';
import { toldOnce } from '../events/event-source.js';
import { newId } from '../new-id.js';
import { groupEvents, requestEvents, type News, type RequestNews } from './group-events.js';
import { Roster, type RosterChanges } from './roster.js';
import { isSameUser, type GroupState, type StoredGroup, type StoredMember } from './stored-group.js';

/** What has to be written so that a group becomes what WhatsApp said. */
export interface GroupWrite extends RosterChanges {
  id: string;
  groupJid: string;
  /** 0 for a group that is not stored yet. */
  expectedVersion: number;
  state: GroupState;
  /** Nothing of the group itself changes but who is in it: `participantCount` and `myRole`. */
  isRosterOnly: boolean;
  /** What the change is told with. */
  events: SessionEvent[];
}

/** One group while it is changed in memory. `self` is the linked account. */
export class GroupDraft {
  private readonly roster: Roster;
  private readonly selfWasThere: boolean;
  private state: GroupState | undefined;
  /** Whether all members are at hand, and can be counted. */
  private isComplete = false;
  private readonly foundOut: UserRef[] = [];
  private readonly requests: RequestNews[] = [];

  constructor(
    private readonly groupJid: string,
    private readonly stored: StoredGroup | undefined,
    /** All of them, or those that the change names and the account itself. */
    members: readonly StoredMember[],
    private readonly self: UserRef,
    private readonly now: number,
    /** What is known of those whom the change names, members or not. Learns what the change tells. */
    private readonly identities: IdentityDraft = new IdentityDraft(members),
  ) {
    this.roster = new Roster(members);
    this.selfWasThere = this.roster.find(self) !== undefined;
    this.state = stored && stateOf(stored);
  }

  get isStored(): boolean {
    return this.stored !== undefined;
  }

  /** The account is no longer in the group; the rest stays as it was last seen. */
  get isLeft(): boolean {
    return this.state?.myRole === 'left';
  }

  /** Needs all members at hand. */
  takeSnapshot(snapshot: GroupSnapshot): void {
    this.isComplete = true;
    const present = new Set<string>();
    for (const participant of snapshot.participants) {
      const member = this.roster.add(this.identities.see(participant), this.now);
      if (!member) continue;
      member.role = participant.role;
      present.add(member.id);
    }
    this.roster.keepOnly(present);
    const me = this.roster.recognize(this.identities.see(this.self));
    const before = this.state;
    this.state = {
      ...settingsOf(snapshot),
      descriptionId: snapshot.description ? (snapshot.descriptionId ?? before?.descriptionId) : undefined,
      ownerJid: this.jidOf(snapshot.owner) ?? before?.ownerJid,
      addressingMode: snapshot.addressingMode,
      participantCount: this.roster.size,
      // WhatsApp lists a group to its participants only: who is not found goes by an address that we do not know.
      myRole: me?.role ?? (before && before.myRole !== 'left' ? before.myRole : 'member'),
      createdAtWa: snapshot.createdAtWa ?? before?.createdAtWa,
    };
  }

  set(settings: Partial<GroupSettings>, descriptionId?: string): void {
    if (!this.state) return;
    Object.assign(this.state, Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)));
    if (settings.description !== undefined) this.state.descriptionId = settings.description ? descriptionId : undefined;
  }

  add(participants: readonly Participant[]): void {
    for (const participant of participants) this.roster.add(this.identities.see(participant), this.now);
  }

  remove(users: readonly UserRef[]): void {
    for (const user of users) {
      this.roster.remove(this.identities.see(user));
      if (isSameUser(user, this.self)) this.leave();
    }
  }

  /** Who is not stored is a member all the same: WhatsApp has just said so. */
  setRole(users: readonly UserRef[], role: ParticipantRole): void {
    for (const user of users) {
      const { phoneJid, lid } = this.identities.see(user);
      if (!this.roster.find({ phoneJid, lid })) this.findOut({ phoneJid, lid });
      const member = this.roster.add({ phoneJid, lid, role }, this.now);
      if (member && !(role === 'admin' && member.role === 'superadmin')) member.role = role;
    }
  }

  /** `false` when neither address is known. */
  renumber(from: UserRef, to: UserRef): boolean {
    const before = this.identities.see(from);
    const known = this.identities.see(to);
    // The account stays what it is when only its number is told to be another one.
    const after = { phoneJid: known.phoneJid ?? before.phoneJid, lid: to.lid ?? before.lid ?? known.lid };
    return this.roster.renumber(before, this.identities.see(after));
  }

  /** People who are named and need not be members: nothing but who they are is learnt. */
  hear(users: readonly UserRef[]): void {
    for (const user of users) this.identities.see(user);
  }

  /** That somebody is a member, or is none, was so before the change: it is told as nobody's doing. */
  findOut(user: UserRef): void {
    this.foundOut.push(user);
  }

  /** Nothing of it is stored; whoever asks is named, or nothing is told. */
  request(action: RequestNews['action'], users: readonly UserRef[], method?: string): void {
    const participants = users.flatMap((user) => this.jidOf(user) ?? []);
    this.requests.push({ action, participants, ...(method !== undefined && { method }) });
  }

  /** Brings what is known of people to those of them who are members, or made the group. */
  identify(identities: readonly Identity[]): void {
    for (const identity of identities) {
      this.roster.identify(identity);
      if (this.state?.ownerJid === identity.lid) this.state.ownerJid = identity.phoneJid;
    }
  }

  leave(): void {
    this.roster.remove(this.self);
    if (this.state) this.state.myRole = 'left';
  }

  /** What is to be told even if nothing is to be written. */
  requestEvents(news: News): SessionEvent[] {
    return numbered(this.requestNews(news), news);
  }

  /** `undefined` when there is nothing to write. Without `news` nothing is told. */
  write(news?: News): GroupWrite | undefined {
    if (!this.state) return undefined;
    const { stored, groupJid } = this;
    const changes = this.roster.changes();
    const state = stored ? this.settle(this.state, stored) : this.state;
    const sameMembers = changes.added.length + changes.removed.length + changes.updated.length === 0;
    const changed = stored ? changedIn(stateOf(stored), state) : [];
    if (stored && sameMembers && changed.length === 0) return undefined;
    return {
      id: stored?.id ?? newId(),
      groupJid,
      expectedVersion: stored?.version ?? 0,
      state,
      isRosterOnly: stored !== undefined && changed.every((key) => key === 'participantCount' || key === 'myRole'),
      events: news ? this.events(state, news) : [],
      ...changes,
    };
  }

  private events(after: GroupState, news: News): SessionEvent[] {
    const changes = groupEvents({
      groupJid: this.groupJid,
      before: this.stored,
      after,
      people: this.roster.news(),
      self: this.self,
      sender: this.senderOf(news.actor),
      isFoundOut: (member) => this.foundOut.some((user) => isSameUser(user, member)),
      isReading: this.isComplete,
    });
    return numbered([...changes, ...this.requestNews(news)], news);
  }

  private requestNews({ actor }: News): SessionEvent[] {
    return requestEvents(this.groupJid, this.requests, this.senderOf(actor));
  }

  private settle(state: GroupState, stored: StoredGroup): GroupState {
    const participantCount = this.isComplete ? this.roster.size : stored.participantCount + this.roster.growth;
    if (state.myRole === 'left') return { ...state, participantCount };
    const me = this.roster.find(this.self);
    return { ...state, participantCount, myRole: me?.role ?? (this.selfWasThere ? 'left' : state.myRole) };
  }

  private senderOf(actor: UserRef | undefined): string | undefined {
    // Nothing is to be learnt here: it would be one thing more to write with each action of the account's own.
    return actor?.phoneJid ?? this.jidOf(actor);
  }

  private jidOf(user: UserRef | undefined): string | undefined {
    const seen = user && this.identities.see(user);
    return seen && (seen.phoneJid ?? this.roster.find(seen)?.phoneJid ?? seen.lid);
  }
}

function numbered(events: SessionEvent[], { source }: News): SessionEvent[] {
  return source ? toldOnce(events, source) : events;
}

function settingsOf(source: GroupSettings): GroupSettings {
  const { subject, description, isAnnounce, isLocked, joinApproval, memberAddMode, ephemeralSeconds } = source;
  return { subject, description, isAnnounce, isLocked, joinApproval, memberAddMode, ephemeralSeconds };
}

function stateOf(group: GroupState): GroupState {
  const { descriptionId, ownerJid, addressingMode, participantCount, myRole, createdAtWa } = group;
  return { ...settingsOf(group), descriptionId, ownerJid, addressingMode, participantCount, myRole, createdAtWa };
}

function changedIn(before: GroupState, after: GroupState): (keyof GroupState)[] {
  return (Object.keys(before) as (keyof GroupState)[]).filter((key) => before[key] !== after[key]);
}
