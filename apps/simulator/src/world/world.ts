import type { Account } from './account.js';
import type { Actor, GroupChange, WorldChange } from './changes.js';
import type { ParticipantAction, WorldContext } from './context.js';
import { Directory } from './directory.js';
import { Group, type AddressingMode, type MemberAddMode } from './group.js';
import { newGroupId, newInviteCode } from './ids.js';
import { Invites } from './invites.js';
import { JoinRequests } from './join-requests.js';
import { Membership } from './membership.js';
import type { Outcome } from './outcome.js';
import { Pictures } from './pictures.js';
import { requireMember, requireSubject } from './rules.js';
import { Settings } from './settings.js';
import { DEFAULT_SWITCHES, type Switches } from './switches.js';
import { WorldError } from './world-error.js';

export interface GroupInput {
  subject: string;
  /** Phone JIDs, LIDs or bare phone numbers. */
  participants?: readonly string[];
  addressingMode?: AddressingMode;
  /** Without `@g.us`; made up when absent. */
  id?: string;
  announcement?: boolean;
  locked?: boolean;
  approval?: boolean;
  memberAddMode?: MemberAddMode;
}

export interface WorldOptions {
  switches?: Partial<Switches>;
  /** Epoch seconds. */
  now?: () => number;
}

/**
 * All that the simulated WhatsApp knows: accounts, groups, and the rules by which they change. No sockets, no Baileys.
 * A refusal of a whole query is a `WorldError`; a refusal for one participant is an `Outcome`.
 */
export class World implements WorldContext {
  readonly switches: Switches;
  readonly directory = new Directory();
  readonly membership = new Membership(this);
  readonly settings = new Settings(this);
  readonly invites = new Invites(this);
  readonly pictures = new Pictures(this);
  readonly joinRequests: JoinRequests = new JoinRequests(this);
  private readonly groups = new Map<string, Group>();
  private readonly listeners = new Set<(change: WorldChange) => void>();
  private impose?: (address: string, action: ParticipantAction) => number | undefined;
  private readonly clock: () => number;

  constructor(options: WorldOptions = {}) {
    this.switches = { ...DEFAULT_SWITCHES, ...options.switches };
    this.clock = options.now ?? (() => Math.floor(Date.now() / 1000));
  }

  /** Returns what stops it. */
  onChange(listener: (change: WorldChange) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Asked before the rules, for every participant. */
  imposeCodes(impose: (address: string, action: ParticipantAction) => number | undefined): void {
    this.impose = impose;
  }

  createGroup(actor: Actor, input: GroupInput): { group: Group; outcomes: Outcome[] } {
    requireSubject(input.subject);
    const id = input.id ?? newGroupId();
    if (this.groups.has(`${id}@g.us`)) throw WorldError.conflict();
    const mode = input.addressingMode ?? this.switches.defaultAddressingMode;
    const group = new Group(id, input.subject, actor.account, this.now(), mode, newInviteCode());
    group.announcement = input.announcement ?? false;
    group.locked = input.locked ?? false;
    group.approval = input.approval ?? false;
    group.memberAddMode = input.memberAddMode ?? 'admin_add';
    this.groups.set(group.jid, group);
    this.invites.register(group);
    const outcomes = this.membership.admit(group, actor, input.participants ?? [], 'create');
    this.emit(group, actor, { type: 'created' });
    return { group, outcomes };
  }

  /** As one who is in it sees it: 404 for no group, 403 for a stranger. */
  readGroup(actor: Actor, groupJid: string): Group {
    const group = this.group(groupJid);
    requireMember(group, actor.account);
    return group;
  }

  groupsOf(account: Account): Group[] {
    return [...this.groups.values()].filter((group) => group.members.has(account));
  }

  allGroups(): IterableIterator<Group> {
    return this.groups.values();
  }

  group(groupJid: string): Group {
    const group = this.groups.get(groupJid);
    if (group === undefined) throw WorldError.notFound();
    return group;
  }

  /** WhatsApp, or the one who made it, ends the group. */
  endGroup(groupJid: string, actor?: Actor): void {
    const group = this.group(groupJid);
    const members = [...group.members.keys()];
    this.groups.delete(groupJid);
    group.members.clear();
    this.emit(group, actor, { type: 'deleted', members });
  }

  /** The person moves to another phone number; every group that it is in is told. */
  changeNumber(account: Account, phone: string): void {
    const previousPhone = account.phone;
    this.directory.renumber(account, phone);
    for (const group of this.groupsOf(account)) {
      this.emit(group, { account }, { type: 'renumbered', account, previousPhone });
    }
  }

  now(): number {
    return this.clock();
  }

  emit(group: Group, actor: Actor | undefined, change: GroupChange): void {
    const event: WorldChange = { ...change, group, at: this.now(), ...(actor && { actor }) };
    for (const listener of this.listeners) listener(event);
  }

  imposedCode(address: string, action: ParticipantAction): number | undefined {
    return this.impose?.(address, action);
  }
}
