import {
  WhatsAppClient,
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
import type { SessionLimits } from './session-limits.js';
import { SharedReads } from './shared-reads.js';

/**
 * The client of one connection, held to the limits of its session: what they refuse sends nothing, and what WhatsApp
 * answers is told to them. Equal questions at the same time are one stanza.
 */
export class LimitedClient extends WhatsAppClient {
  private readonly reads = new SharedReads();

  constructor(
    private readonly inner: WhatsAppClient,
    private readonly limits: SessionLimits,
  ) {
    super();
  }

  /** WhatsApp told of a change: an answer that is on its way may be from before it. */
  changed(): void {
    this.reads.outdated();
  }

  fetchGroups(): Promise<GroupSnapshot[]> {
    return this.read('fetchGroups', [], () => this.inner.fetchGroups());
  }

  fetchGroup(groupJid: string): Promise<GroupSnapshot> {
    return this.read('fetchGroup', [groupJid], () => this.inner.fetchGroup(groupJid));
  }

  createGroup(
    subject: string,
    participants: readonly string[],
  ): Promise<{ group: GroupSnapshot; results: ParticipantResult[] }> {
    return this.act(
      () => this.inner.createGroup(subject, participants),
      ({ results }) => codesOf(results),
    );
  }

  updateMembers(groupJid: string, action: MemberAction, participants: readonly string[]): Promise<ParticipantResult[]> {
    return this.act(() => this.inner.updateMembers(groupJid, action, participants), codesOf);
  }

  updateSetting(
    groupJid: string,
    change: GroupSettingChange,
    previousDescriptionId?: string,
  ): Promise<{ descriptionId?: string }> {
    return this.act(() => this.inner.updateSetting(groupJid, change, previousDescriptionId));
  }

  inviteCode(groupJid: string): Promise<string> {
    return this.read('inviteCode', [groupJid], () => this.inner.inviteCode(groupJid));
  }

  revokeInvite(groupJid: string): Promise<string> {
    return this.act(() => this.inner.revokeInvite(groupJid));
  }

  leaveGroup(groupJid: string): Promise<void> {
    return this.act(() => this.inner.leaveGroup(groupJid));
  }

  joinGroup(code: string): Promise<JoinOutcome> {
    return this.act(() => this.inner.joinGroup(code));
  }

  inviteInfo(code: string): Promise<InvitedGroup> {
    return this.read('inviteInfo', [code], () => this.inner.inviteInfo(code));
  }

  fetchJoinRequests(groupJid: string): Promise<JoinRequest[]> {
    return this.read('fetchJoinRequests', [groupJid], () => this.inner.fetchJoinRequests(groupJid));
  }

  answerJoinRequests(
    groupJid: string,
    action: RequestAction,
    participants: readonly string[],
  ): Promise<ParticipantResult[]> {
    return this.act(() => this.inner.answerJoinRequests(groupJid, action, participants), codesOf);
  }

  resolveUsers(phoneJids: readonly string[]): Promise<Required<UserRef>[]> {
    return this.read('resolveUsers', phoneJids, () => this.inner.resolveUsers(phoneJids));
  }

  sendInvite(to: string, invite: PersonalInvite): Promise<void> {
    return this.act(() => this.inner.sendInvite(to, invite));
  }

  pictureUrl(groupJid: string): Promise<string | undefined> {
    return this.read('pictureUrl', [groupJid], () => this.inner.pictureUrl(groupJid));
  }

  setPicture(groupJid: string, jpeg: Uint8Array): Promise<void> {
    return this.act(() => this.inner.setPicture(groupJid, jpeg));
  }

  removePicture(groupJid: string): Promise<void> {
    return this.act(() => this.inner.removePicture(groupJid));
  }

  private read<T>(method: string, args: readonly unknown[], ask: () => Promise<T>): Promise<T> {
    return this.reads.ask(method, args, async () => {
      this.limits.admit('read');
      try {
        return await ask();
      } catch (error) {
        throw this.limits.refused('read', error);
      }
    });
  }

  /** `codes`: what the answer says of each participant. */
  private async act<T>(ask: () => Promise<T>, codes: (answer: T) => readonly number[] = () => []): Promise<T> {
    this.limits.admit('action');
    // WhatsApp may read before it acts, or after: from here until it answers, nobody knows.
    this.reads.outdated();
    try {
      const answer = await ask();
      this.limits.done(codes(answer));
      return answer;
    } catch (error) {
      throw this.limits.refused('action', error);
    } finally {
      this.reads.outdated();
    }
  }
}

function codesOf(results: readonly ParticipantResult[]): number[] {
  return results.map(({ code }) => code);
}
