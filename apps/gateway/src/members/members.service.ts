import { Injectable, Logger } from '@nestjs/common';
import type { Principal } from '#auth';
import { ConflictError, ForbiddenError, NotFoundError, NotImplementedError } from '#errors';
import { GroupWriter, MemberRepository, type MemberRecord, type Page, type PageRequest } from '#store';
import { WhatsAppRefusedError, parseUserJid, type MemberAction, type ParticipantResult, type UserRef } from '#whatsapp';
import { GroupsService, LiveGroups, type LiveGroup } from '../groups/index.js';
import { declined, isDone, resultsToStore } from './participant-results.js';

/** The members of a group: the stored list, and the four actions on them. */
@Injectable()
export class MembersService {
  private readonly logger = new Logger('Members');

  constructor(
    private readonly members: MemberRepository,
    private readonly writer: GroupWriter,
    private readonly live: LiveGroups,
    private readonly groups: GroupsService,
  ) {}

  list(caller: Principal, sessionId: string, groupJid: string, page: PageRequest): Promise<Page<MemberRecord>> {
    return this.members.list(caller.scope, sessionId, groupJid, page);
  }

  /** One result for each participant. WhatsApp may decline some without failing the call. */
  async add(
    caller: Principal,
    sessionId: string,
    groupJid: string,
    jids: readonly string[],
  ): Promise<ParticipantResult[]> {
    const target = await this.live.group(caller, sessionId, groupJid, jids.map(userRef));
    // WhatsApp would let a plain member add where the group allows it; this API asks for an admin.
    if (target.group.myRole === 'member') throw notAdmin();
    return this.act(target, 'add', jids);
  }

  async remove(caller: Principal, sessionId: string, groupJid: string, jid: string): Promise<void> {
    await this.actOnOne(caller, sessionId, groupJid, 'remove', jid);
  }

  async promote(caller: Principal, sessionId: string, groupJid: string, jid: string): Promise<void> {
    await this.actOnOne(caller, sessionId, groupJid, 'promote', jid);
  }

  async demote(caller: Principal, sessionId: string, groupJid: string, jid: string): Promise<void> {
    await this.actOnOne(caller, sessionId, groupJid, 'demote', jid);
  }

  /** Reserved: never does anything, whatever is asked. */
  approve(): never {
    throw new NotImplementedError('reserved', 'approving join requests is not implemented in v2');
  }

  private async actOnOne(
    caller: Principal,
    sessionId: string,
    groupJid: string,
    action: Exclude<MemberAction, 'add'>,
    jid: string,
  ): Promise<void> {
    const target = await this.live.group(caller, sessionId, groupJid, [userRef(jid)]);
    const [result] = await this.act(target, action, [jid]);
    if (result && !isDone(action, result.code)) throw refusedForOne(result.code);
  }

  private async act(target: LiveGroup, action: MemberAction, jids: readonly string[]): Promise<ParticipantResult[]> {
    const { session, group, self, seen } = target;
    const results = await this.live.ask(target, this.send(target, action, jids));
    const codes = declined(action, results).map((result) => result.code);
    if (codes.length > 0) {
      this.logger.log({ msg: 'participants declined', sessionId: session.id, groupJid: group.groupJid, action, codes });
    }
    const done = resultsToStore(action, results);
    const stored = this.writer.applyResults(session.id, group.groupJid, action, done, self, seen);
    await this.groups.record(session.id, group.groupJid, stored);
    return results;
  }

  /** When WhatsApp refuses the whole call, what is stored tells an unknown member from a missing right. */
  private async send(
    { client, group, session }: LiveGroup,
    action: MemberAction,
    jids: readonly string[],
  ): Promise<ParticipantResult[]> {
    try {
      return await client.updateMembers(group.groupJid, action, jids);
    } catch (error) {
      const refused = error instanceof WhatsAppRefusedError && [401, 403].includes(error.whatsappCode);
      const namesMember = action === 'promote' || action === 'demote';
      if (refused && namesMember && group.myRole !== 'left') {
        for (const jid of jids) {
          const member = await this.members.find(session.id, group.groupJid, userRef(jid));
          if (!member) throw new NotFoundError('member', {}, { cause: error });
        }
      }
      throw error;
    }
  }
}

function userRef(jid: string): UserRef {
  return parseUserJid(jid)?.kind === 'lid' ? { lid: jid } : { phoneJid: jid };
}

function notAdmin(): ForbiddenError {
  return new ForbiddenError('not_group_admin', 'the account is not an admin of this group');
}

/** WhatsApp refused the only participant there was. */
function refusedForOne(whatsappCode: number): Error {
  switch (whatsappCode) {
    case 404:
      return new NotFoundError('member', { whatsappCode });
    case 401:
    case 403:
      return notAdmin().with({ whatsappCode });
    // Nobody removes or demotes the one who made the group.
    case 405:
    case 406:
      return new ForbiddenError('refused_by_whatsapp', 'WhatsApp does not allow this for the member', { whatsappCode });
    default:
      return new ConflictError('refused_by_whatsapp', 'WhatsApp refused this for the member', { whatsappCode });
  }
}
