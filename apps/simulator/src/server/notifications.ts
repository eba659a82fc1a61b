import type { Account, Actor, Group, GroupSetting, World, WorldChange } from '../world/index.js';
import { node, type StanzaNode } from '../wire/index.js';
import type { DeviceRegistry } from './device-registry.js';
import {
  addressOf,
  approvalNode,
  descriptionNode,
  groupNode,
  memberAddModeNode,
  participantNode,
  phoneBeside,
} from './group-nodes.js';

/** Tells devices of what happened to their groups: those that are away hear of it when they come back. */
export class Notifications {
  constructor(
    private readonly world: World,
    private readonly devices: DeviceRegistry,
  ) {
    world.onChange((change) => this.announce(change));
  }

  private announce(change: WorldChange): void {
    for (const { audience, content } of this.tellings(change)) {
      const notification = this.envelope(change, content);
      for (const account of audience) this.deliver(change, account, notification);
    }
  }

  private deliver(change: WorldChange, account: Account, notification: StanzaNode): void {
    for (const device of this.devices.of(account)) {
      const acted = device.jid === change.actor?.via;
      if (!acted || this.world.switches.echoToActor) device.deliver(notification);
    }
  }

  private envelope({ group, actor, at, ...change }: WorldChange, content: StanzaNode): StanzaNode {
    const { addressingMode } = group;
    const attrs: Record<string, string | number | undefined> = {
      from: group.jid,
      type: change.type === 'picture' ? 'picture' : 'w:gp2',
      t: at,
      addressing_mode: addressingMode,
    };
    if (actor !== undefined) {
      const { phoneJid, lidJid, name, showsNumber } = actor.account;
      const phone = change.type === 'renumbered' ? `${change.previousPhone}@s.whatsapp.net` : phoneJid;
      if (addressingMode === 'lid') {
        attrs.participant = lidJid;
        if (showsNumber) attrs.participant_pn = phone;
      } else {
        attrs.participant = phone;
        attrs.participant_lid = lidJid;
      }
      attrs.notify = name;
    }
    return node('notification', attrs, [content]);
  }

  /** Who is told what. */
  private tellings(change: WorldChange): { audience: Iterable<Account>; content: StanzaNode }[] {
    const { group } = change;
    const everybody = group.members.keys();
    switch (change.type) {
      case 'created':
        return [{ audience: everybody, content: node('create', { type: 'new' }, [groupNode(group)]) }];
      case 'added':
        return this.added(group, change.accounts, change.reason);
      case 'removed':
        return [{ audience: [...everybody, ...change.accounts], content: list('remove', group, change.accounts) }];
      case 'left': {
        const tag = this.world.switches.leaveTag;
        return [{ audience: [...everybody, ...change.accounts], content: list(tag, group, change.accounts) }];
      }
      case 'promoted':
        return [{ audience: everybody, content: list('promote', group, change.accounts) }];
      case 'demoted':
        return [{ audience: everybody, content: list('demote', group, change.accounts) }];
      case 'setting':
        return [{ audience: everybody, content: settingNode(group, change.setting) }];
      case 'invite_reset':
        return [{ audience: everybody, content: node('invite', { code: group.inviteCode }) }];
      case 'picture':
        return [{ audience: everybody, content: pictureNode(group, change.actor) }];
      case 'join_requested': {
        const { account, method } = change.request;
        const requested = { ...participantNode(account, group.addressingMode), tag: 'requested_user' };
        const content = node('created_membership_requests', { request_method: method }, [requested]);
        return [{ audience: admins(group), content }];
      }
      case 'join_request_revoked':
        return [{ audience: admins(group), content: list('revoked_membership_requests', group, change.accounts) }];
      case 'renumbered':
        return [{ audience: everybody, content: list('modify', group, [change.account]) }];
      case 'deleted':
        return [{ audience: change.members, content: node('delete') }];
    }
  }

  /** The newcomer is given the whole group, everybody else is told of the newcomer. */
  private added(group: Group, accounts: Account[], reason?: string): { audience: Account[]; content: StanzaNode }[] {
    const newcomers = new Set(accounts);
    const others = [...group.members.keys()].filter((member) => !newcomers.has(member));
    return [
      { audience: others, content: { ...list('add', group, accounts), attrs: reason ? { reason } : {} } },
      { audience: accounts, content: node('create', { reason }, [groupNode(group)]) },
    ];
  }
}

function list(tag: string, group: Group, accounts: readonly Account[]): StanzaNode {
  return node(
    tag,
    {},
    accounts.map((account) => participantNode(account, group.addressingMode)),
  );
}

function pictureNode({ jid, picture, addressingMode }: Group, actor: Actor | undefined): StanzaNode {
  const author = actor && addressOf(actor.account, addressingMode);
  return node(picture === undefined ? 'delete' : 'set', { jid, id: picture?.id, author });
}

function admins(group: Group): Account[] {
  return [...group.members.keys()].filter((member) => group.isAdmin(member));
}

function settingNode(group: Group, setting: GroupSetting): StanzaNode {
  switch (setting) {
    case 'subject': {
      const { subject, subjectAt, subjectBy, addressingMode } = group;
      const author = { s_o: addressOf(subjectBy, addressingMode), s_t: subjectAt };
      return node('subject', { subject, ...author, s_o_pn: phoneBeside(subjectBy, addressingMode) });
    }
    case 'description':
      return descriptionNode(group);
    case 'announcement':
      return node(group.announcement ? 'announcement' : 'not_announcement');
    case 'locked':
      return node(group.locked ? 'locked' : 'unlocked');
    case 'approval':
      return approvalNode(group);
    case 'memberAddMode':
      return memberAddModeNode(group);
    case 'ephemeral':
      return group.ephemeralSeconds === 0
        ? node('not_ephemeral')
        : node('ephemeral', { expiration: group.ephemeralSeconds });
  }
}
