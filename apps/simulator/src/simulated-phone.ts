import type { Linking, Provisioned } from './pairing/index.js';
import type { Inbox, ReceivedInvite } from './messages/index.js';
import type { Device } from './server/device.js';
import type { StanzaNode } from './wire/index.js';
import { node } from './wire/index.js';
import type {
  Account,
  Actor,
  GroupInput,
  JoinRequest,
  MemberAddMode,
  Outcome,
  RequestAction,
  Toggle,
  World,
} from './world/index.js';

/** What a phone needs of the simulator around it. */
export interface PhoneServices {
  world: World;
  linking: Linking;
  devicesOf(account: Account): readonly Device[];
  provision(account: Account): Provisioned;
  unlink(device: Device): void;
  inboxOf(account: Account): Inbox;
  /** Resolves at the next login of a device of the account. */
  nextLogin(account: Account): Promise<void>;
}

/** A person's phone: links companion devices, and acts in groups as that account. A refusal of WhatsApp is a `WorldError`. */
export class SimulatedPhone {
  constructor(
    readonly account: Account,
    private readonly services: PhoneServices,
  ) {}

  /** Digits. */
  get number(): string {
    return this.account.phone;
  }

  get jid(): string {
    return this.account.phoneJid;
  }

  get lid(): string {
    return this.account.lidJid;
  }

  /** Resolves when the companion's signed identity came back, and was its own. */
  async scanQr(qr: string): Promise<void> {
    await this.services.linking.scanQr(this.account, qr);
  }

  /** The code that a companion asked for this number; a hyphen in the middle does not matter. */
  async enterPairingCode(code: string): Promise<void> {
    await this.services.linking.enterCode(this.account, code);
  }

  /** A linked device without going through pairing: credentials that log in, as Baileys keeps them. */
  provision(): Promise<Pick<Provisioned, 'creds' | 'keys'>> {
    const { creds, keys } = this.services.provision(this.account);
    return Promise.resolve({ creds, keys });
  }

  /** Every companion is told (401, `device_removed`) and cannot log in again. */
  unlinkDevices(): Promise<void> {
    for (const device of [...this.devices()]) this.services.unlink(device);
    return Promise.resolve();
  }

  devices(): readonly Device[] {
    return this.services.devicesOf(this.account);
  }

  /** Resolves when a device of this account is logged in. */
  async connected(): Promise<void> {
    if (this.devices().some((device) => device.connected !== undefined)) return;
    await this.services.nextLogin(this.account);
  }

  /** Sends any stanza to the companions, or keeps it for them; each gets an `id` of its own. */
  push(stanza: StanzaNode): void {
    for (const device of this.devices()) device.deliver(stanza);
  }

  /** WhatsApp says that the companions' list of groups is stale. */
  sendGroupsDirty(): void {
    for (const { connected } of this.devices()) {
      connected?.send(node('ib', { from: 's.whatsapp.net' }, [node('dirty', { type: 'groups' })]));
    }
  }

  /** Returns the group's JID. */
  createGroup(input: GroupInput): string {
    return this.services.world.createGroup(this.actor, input).group.jid;
  }

  add(groupJid: string, participants: readonly string[]): Outcome[] {
    return this.services.world.membership.add(this.actor, groupJid, participants);
  }

  remove(groupJid: string, participants: readonly string[]): Outcome[] {
    return this.services.world.membership.remove(this.actor, groupJid, participants);
  }

  promote(groupJid: string, participants: readonly string[]): Outcome[] {
    return this.services.world.membership.promote(this.actor, groupJid, participants);
  }

  demote(groupJid: string, participants: readonly string[]): Outcome[] {
    return this.services.world.membership.demote(this.actor, groupJid, participants);
  }

  /** 200, 403 (not in it) or 404 (no such group). */
  leave(groupJid: string): number {
    return this.services.world.membership.leave(this.actor, [groupJid])[0]?.code ?? 404;
  }

  changeSubject(groupJid: string, subject: string): void {
    this.services.world.settings.subject(this.actor, groupJid, subject);
  }

  /** `''` takes it away. */
  changeDescription(groupJid: string, text: string): void {
    const previous = this.services.world.group(groupJid).description?.id;
    this.services.world.settings.description(this.actor, groupJid, text, previous);
  }

  changeSetting(groupJid: string, setting: Toggle, on: boolean): void {
    this.services.world.settings.toggle(this.actor, groupJid, setting, on);
  }

  changeMemberAddMode(groupJid: string, mode: MemberAddMode): void {
    this.services.world.settings.memberAddMode(this.actor, groupJid, mode);
  }

  changeEphemeral(groupJid: string, seconds: number): void {
    this.services.world.settings.ephemeral(this.actor, groupJid, seconds);
  }

  /** A JPEG. */
  changePicture(groupJid: string, image: Uint8Array): void {
    this.services.world.pictures.set(this.actor, groupJid, image);
  }

  removePicture(groupJid: string): void {
    this.services.world.pictures.remove(this.actor, groupJid);
  }

  inviteCode(groupJid: string): string {
    return this.services.world.invites.code(this.actor, groupJid);
  }

  resetInvite(groupJid: string): string {
    return this.services.world.invites.reset(this.actor, groupJid);
  }

  /** `requested` when an admin has to approve first. */
  joinByInvite(code: string): 'joined' | 'requested' {
    return this.services.world.invites.join(this.actor, code).status;
  }

  /** Every personal invite that the phone was sent as a message. */
  get invitesReceived(): readonly ReceivedInvite[] {
    return this.services.inboxOf(this.account).invites;
  }

  /** The oldest invite that was not awaited yet, or the one that comes next. Rejects when none comes in time (10 s). */
  nextInvite(timeoutMs?: number): Promise<ReceivedInvite> {
    return this.services.inboxOf(this.account).next(timeoutMs);
  }

  /** Comes in by an invite for just this account, as a privacy refusal hands it out. */
  acceptPersonalInvite(code: string): 'joined' | 'requested' {
    const { invites } = this.services.world;
    const { jid } = invites.groupOfPersonal(this.account, code);
    return invites.acceptPersonal(this.actor, jid, { code }).status;
  }

  /** Those who wait to be let in, oldest first. */
  joinRequests(groupJid: string): JoinRequest[] {
    return this.services.world.joinRequests.list(this.actor, groupJid);
  }

  answerRequests(groupJid: string, action: RequestAction, participants: readonly string[]): Outcome[] {
    return this.services.world.joinRequests.answer(this.actor, groupJid, action, participants);
  }

  withdrawRequest(groupJid: string): void {
    this.services.world.joinRequests.withdraw(this.actor, groupJid);
  }

  /** The person takes another phone number; the LID stays. */
  changeNumber(phone: string): void {
    this.services.world.changeNumber(this.account, phone);
  }

  private get actor(): Actor {
    return { account: this.account };
  }
}
