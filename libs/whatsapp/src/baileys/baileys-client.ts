import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  WhatsAppClient,
  type GroupSettingChange,
  type GroupSnapshot,
  type JoinOutcome,
  type MemberAction,
  type ParticipantResult,
} from '#whatsapp';
import * as queries from './group-queries.js';
import { parseGroup } from './parse-group.js';
import type { Query } from './query.js';

/** How long parsing may hold the event loop before it lets others run. */
const SLICE_MS = 10;

/** Group actions over one connection; `ask` sends one query and fails as `WhatsAppClient` says. */
export class BaileysClient extends WhatsAppClient {
  constructor(private readonly ask: <T>(query: Query<T>) => Promise<T>) {
    super();
  }

  async fetchGroups(): Promise<GroupSnapshot[]> {
    const nodes = await this.ask(queries.allGroups());
    const groups: GroupSnapshot[] = [];
    let since = performance.now();
    for (const node of nodes) {
      groups.push(parseGroup(node));
      if (performance.now() - since < SLICE_MS) continue;
      await nextTurn();
      since = performance.now();
    }
    return groups;
  }

  fetchGroup(groupJid: string): Promise<GroupSnapshot> {
    return this.ask(queries.oneGroup(groupJid));
  }

  createGroup(
    subject: string,
    participants: readonly string[],
  ): Promise<{ group: GroupSnapshot; results: ParticipantResult[] }> {
    return this.ask(queries.groupCreation(subject, participants));
  }

  updateMembers(groupJid: string, action: MemberAction, participants: readonly string[]): Promise<ParticipantResult[]> {
    return this.ask(queries.memberAction(groupJid, action, participants));
  }

  updateSetting(
    groupJid: string,
    change: GroupSettingChange,
    previousDescriptionId?: string,
  ): Promise<{ descriptionId?: string }> {
    return this.ask(queries.settingUpdate(groupJid, change, previousDescriptionId));
  }

  inviteCode(groupJid: string): Promise<string> {
    return this.ask(queries.inviteCode(groupJid));
  }

  revokeInvite(groupJid: string): Promise<string> {
    return this.ask(queries.inviteReset(groupJid));
  }

  leaveGroup(groupJid: string): Promise<void> {
    return this.ask(queries.leaving(groupJid));
  }

  joinGroup(code: string): Promise<JoinOutcome> {
    return this.ask(queries.joining(code));
  }

  inviteInfo(code: string): Promise<{ groupJid: string; subject: string }> {
    return this.ask(queries.invitePreview(code));
  }
}
