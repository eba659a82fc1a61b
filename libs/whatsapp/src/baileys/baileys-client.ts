import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  WhatsAppClient,
  WhatsAppRefusedError,
  type GroupSettingChange,
  type GroupSnapshot,
  type InvitedGroup,
  type JoinOutcome,
  type JoinRequest,
  type MemberAction,
  type ParticipantResult,
  type PersonalInvite,
  type RequestAction,
  type UserRef,
} from '#whatsapp';
import * as queries from './group-queries.js';
import { joinRequests, requestAction } from './join-request-queries.js';
import { parseGroup } from './parse-group.js';
import { pictureRemoval, pictureUpdate, pictureUrl } from './picture-queries.js';
import type { Query } from './query.js';
import { userLookup } from './usync-query.js';

/** How long parsing may hold the event loop before it lets others run. */
const SLICE_MS = 10;

/** Group actions over one connection; `ask` sends one query, `invite` a message; both fail as `WhatsAppClient` says. */
export class BaileysClient extends WhatsAppClient {
  constructor(
    private readonly ask: <T>(query: Query<T>) => Promise<T>,
    private readonly invite: (to: string, invite: PersonalInvite) => Promise<void>,
  ) {
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

  inviteInfo(code: string): Promise<InvitedGroup> {
    return this.ask(queries.invitePreview(code));
  }

  fetchJoinRequests(groupJid: string): Promise<JoinRequest[]> {
    return this.ask(joinRequests(groupJid));
  }

  answerJoinRequests(
    groupJid: string,
    action: RequestAction,
    participants: readonly string[],
  ): Promise<ParticipantResult[]> {
    return this.ask(requestAction(groupJid, action, participants));
  }

  resolveUsers(phoneJids: readonly string[]): Promise<Required<UserRef>[]> {
    return this.ask(userLookup(phoneJids));
  }

  sendInvite(to: string, invite: PersonalInvite): Promise<void> {
    return this.invite(to, invite);
  }

  async pictureUrl(groupJid: string): Promise<string | undefined> {
    return unlessNone(this.ask(pictureUrl(groupJid)));
  }

  setPicture(groupJid: string, jpeg: Uint8Array): Promise<void> {
    return this.ask(pictureUpdate(groupJid, jpeg));
  }

  removePicture(groupJid: string): Promise<void> {
    return unlessNone(this.ask(pictureRemoval(groupJid)));
  }
}

/** WhatsApp answers 404 where there is no picture. */
async function unlessNone<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof WhatsAppRefusedError && error.whatsappCode === 404) return undefined;
    throw error;
  }
}
