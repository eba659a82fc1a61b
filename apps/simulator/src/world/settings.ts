import type { Actor, GroupSetting } from './changes.js';
import type { WorldContext } from './context.js';
import type { Group, MemberAddMode } from './group.js';
import { newDescriptionId } from './ids.js';
import {
  requireAdmin,
  requireDescription,
  requireEphemeralSeconds,
  requireMayEditInfo,
  requireSubject,
} from './rules.js';
import { WorldError } from './world-error.js';

export type Toggle = 'announcement' | 'locked' | 'approval';

/** What a group is called and how it is run. A setting that already is so is accepted, and nobody is told. */
export class Settings {
  constructor(private readonly context: WorldContext) {}

  subject(actor: Actor, groupJid: string, subject: string): void {
    const group = this.editable(actor, groupJid);
    requireSubject(subject);
    if (group.subject === subject) return;
    group.subject = subject;
    group.subjectBy = actor.account;
    group.subjectAt = this.context.now();
    this.tell(group, actor, 'subject');
  }

  /** `''` takes the description away. Refused with 409 unless `previousId` is that of the present one. */
  description(actor: Actor, groupJid: string, text: string, previousId?: string, id = newDescriptionId()): void {
    const group = this.editable(actor, groupJid);
    requireDescription(text);
    if (group.description?.id !== previousId) throw WorldError.conflict();
    if (text === '') delete group.description;
    else group.description = { id, text, by: actor.account, at: this.context.now() };
    this.tell(group, actor, 'description');
  }

  toggle(actor: Actor, groupJid: string, setting: Toggle, on: boolean): void {
    const group = this.administered(actor, groupJid);
    if (group[setting] === on) return;
    group[setting] = on;
    this.tell(group, actor, setting);
    if (setting === 'approval' && !on) this.context.joinRequests.approvalEnded(actor, group);
  }

  memberAddMode(actor: Actor, groupJid: string, mode: MemberAddMode): void {
    const group = this.administered(actor, groupJid);
    if (group.memberAddMode === mode) return;
    group.memberAddMode = mode;
    this.tell(group, actor, 'memberAddMode');
  }

  ephemeral(actor: Actor, groupJid: string, seconds: number): void {
    const group = this.editable(actor, groupJid);
    requireEphemeralSeconds(seconds);
    if (group.ephemeralSeconds === seconds) return;
    group.ephemeralSeconds = seconds;
    this.tell(group, actor, 'ephemeral');
  }

  private editable(actor: Actor, groupJid: string): Group {
    const group = this.context.group(groupJid);
    requireMayEditInfo(group, actor.account, this.context.switches);
    return group;
  }

  private administered(actor: Actor, groupJid: string): Group {
    const group = this.context.group(groupJid);
    requireAdmin(group, actor.account, this.context.switches);
    return group;
  }

  private tell(group: Group, actor: Actor, setting: GroupSetting): void {
    this.context.emit(group, actor, { type: 'setting', setting });
  }
}
