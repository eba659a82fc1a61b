import type { proto } from '@whiskeysockets/baileys';
import type { AccountKeys } from '../pairing/index.js';
import type { Device } from '../server/device.js';
import type { Account, World } from '../world/index.js';
import { bytesOf, child, children, type StanzaNode } from '../wire/index.js';
import { Inbox, type ReceivedInvite } from './inbox.js';
import type { KeyBundle } from './key-bundle.js';
import { PhoneSignal } from './phone-signal.js';

const COMPANION = /:[1-9]\d*@/;

/** Brings messages to phones, which keep the invites among them. Companion devices are brought none. */
export class Messages {
  private readonly signals = new Map<Account, PhoneSignal>();
  private readonly inboxes = new Map<Account, Inbox>();

  constructor(
    private readonly world: World,
    private readonly keys: AccountKeys,
  ) {}

  inboxOf(account: Account): Inbox {
    const known = this.inboxes.get(account);
    if (known !== undefined) return known;
    const made = new Inbox();
    this.inboxes.set(account, made);
    return made;
  }

  /** The keys of the account's phone. */
  bundleOf(account: Account): KeyBundle {
    return this.signalOf(account).bundle();
  }

  /** Resolves when every phone that a `<message>` is for has read it, or could not. */
  async deliver(sender: Device, message: StanzaNode): Promise<void> {
    const copies = children(child(message, 'participants') ?? message, 'to');
    await Promise.all(copies.map((copy) => this.deliverOne(sender, copy)));
  }

  close(): void {
    for (const signal of this.signals.values()) signal.close();
  }

  private async deliverOne(sender: Device, copy: StanzaNode): Promise<void> {
    const { jid = '' } = copy.attrs;
    const account = this.world.directory.find(jid);
    if (account === undefined || COMPANION.test(jid)) return;
    const inbox = this.inboxOf(account);
    try {
      const { groupInviteMessage } = await this.read(account, sender, child(copy, 'enc'));
      if (groupInviteMessage) inbox.receive(inviteIn(groupInviteMessage, sender));
    } catch (error) {
      inbox.fail(new Error(`${account.phone} cannot read what ${sender.jid} sent`, { cause: error }));
    }
  }

  private read(account: Account, sender: Device, encrypted: StanzaNode | undefined): Promise<proto.IMessage> {
    const type = encrypted?.attrs.type;
    const ciphertext = bytesOf(encrypted);
    if (ciphertext === undefined || (type !== 'pkmsg' && type !== 'msg')) throw new Error('nothing is encrypted in it');
    return this.signalOf(account).decrypt(sender.lid, type, ciphertext);
  }

  private signalOf(account: Account): PhoneSignal {
    const known = this.signals.get(account);
    if (known !== undefined) return known;
    const made = new PhoneSignal(this.keys.of(account));
    this.signals.set(account, made);
    return made;
  }
}

function inviteIn(message: proto.Message.IGroupInviteMessage, sender: Device): ReceivedInvite {
  return {
    groupJid: message.groupJid ?? '',
    subject: message.groupName ?? '',
    code: message.inviteCode ?? '',
    expiresAt: Number(message.inviteExpiration ?? 0),
    from: sender.account.phone,
  };
}
