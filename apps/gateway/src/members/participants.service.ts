import { Injectable, Logger } from '@nestjs/common';
import type { Principal } from '#auth';
import { ValidationError } from '#errors';
import { GroupWriter, type GroupAndMembers } from '#store';
import {
  WhatsAppRefusedError,
  parseGroupJid,
  parseInvite,
  type ParticipantAction,
  type ParticipantResult,
  type WhatsAppClient,
} from '#whatsapp';
import { GroupsService, LiveGroups, beforehand, type LiveGroup } from '../groups/index.js';
import { commonRefusal } from '../sessions/index.js';
import { identifierRefusal } from './group-identifier.js';
import { KnownPeople } from './known-people.js';
import { ParticipantBatches, type Attempt, type SendChunk } from './participant-batches.js';
import { OutcomesSoFar, toOutcome } from './participant-outcome.js';
import { isLimit, isSuccess } from './participant-reasons.js';
import { declined, resultsToStore } from './participant-results.js';
import { isRequestAction, requestRefusal, requireAdmin, requireRights } from './participant-rights.js';
import type { ParticipantOutcome, ParticipantsOutcome, ParticipantsRequest } from './participants.js';
import { distinctPeople, jidsOf, type Person } from './people.js';
import { PersonalInvites } from './personal-invites.js';
import { RequesterAddresses } from './requester-addresses.js';

/** The six actions on the people of a group, for every route that has one of them. */
@Injectable()
export class ParticipantsService {
  private readonly logger = new Logger('Participants');

  constructor(
    private readonly live: LiveGroups,
    private readonly groups: GroupsService,
    private readonly writer: GroupWriter,
    private readonly batches: ParticipantBatches,
    private readonly people: KnownPeople,
    private readonly requesters: RequesterAddresses,
    private readonly invites: PersonalInvites,
  ) {}

  /**
   * Does `action` for everybody named, and tells of each what became of it; a refusal of one is an outcome. Throws what
   * the whole was refused with, and when nobody at all could be dealt with.
   */
  async act(
    caller: Principal,
    sessionId: string,
    groupJid: string,
    request: ParticipantsRequest,
  ): Promise<ParticipantsOutcome> {
    requireFitting(request);
    const { action, participants, inviteFallback = false } = request;
    const named = distinctPeople(participants);
    const users = named.map(({ user }) => user);
    // What a batch is stored upon is read in its pauses.
    const isOneChunk = users.length <= this.batches.chunkSize;
    const target = await this.live.group(caller, sessionId, groupJid, isOneChunk ? users : []);
    requireRights(target.group, action);
    const people = isRequestAction(action)
      ? await this.requesters.address(target, named)
      : await this.people.unite(target.session.id, named);
    const outcomes = await this.attempt(target, action, people, isOneChunk ? target.seen : undefined);
    return toOutcome(groupJid, action, inviteFallback ? await this.invites.send(target, outcomes) : outcomes);
  }

  /** As `act`, for a group that an invite code or link may name as well. */
  async actOn(
    caller: Principal,
    sessionId: string,
    identifier: string,
    request: ParticipantsRequest,
  ): Promise<ParticipantsOutcome> {
    requireFitting(request);
    return this.act(caller, sessionId, await this.resolveGroup(caller, sessionId, identifier), request);
  }

  /**
   * The JID of the group that a JID, an invite code or an invite link names; the latter two cost a question to WhatsApp.
   * `ValidationError` naming `gid` for anything else, and for an invite that is invalid or has expired.
   */
  async resolveGroup(caller: Pick<Principal, 'scope'>, sessionId: string, identifier: string): Promise<string> {
    const jid = parseGroupJid(identifier);
    if (jid !== undefined) return jid;
    const code = parseInvite(identifier);
    if (code === undefined)
      throw ValidationError.of('gid', 'must be the JID, an invite code or an invite link of a group');
    const { client } = await this.live.account(caller, sessionId);
    const invited = client.inviteInfo(code).catch((error: unknown) => {
      throw identifierRefusal(error);
    });
    return (await beforehand(this.live.askAccount(invited))).groupJid;
  }

  /** In the order of `people`. */
  private async attempt(
    target: LiveGroup,
    action: ParticipantAction,
    people: readonly Person[],
    found: GroupAndMembers | undefined,
  ): Promise<ParticipantOutcome[]> {
    const jids = jidsOf(people);
    const users = new Map(people.map(({ jid, user }) => [jid, user]));
    const outcomes = new OutcomesSoFar(action, people);
    if (jids.length === 0) requireAdmin(target.group);
    let seen = Promise.resolve(found);
    let stored = Promise.resolve();
    const send: SendChunk = async (chunk, next) => {
      const answered = await this.live.ask(target, ask(target.client, target.group.groupJid, action, chunk));
      const results = answered.map((result) => ({ ...users.get(result.input), ...result }));
      // In the pause that follows, a chunk is stored and told of, and what is stored of the next is read.
      stored = this.store(target, action, results, seen);
      const named = next.flatMap((jid) => users.get(jid) ?? []);
      if (named.length > 0) seen = stored.then(() => this.live.lookUp(target, named));
      outcomes.add(results);
      return results;
    };
    const attempts = jids.length === 0 ? [] : await this.batches.run(target.session.id, jids, send);
    await stored;
    requireSome(attempts);
    outcomes.add(attempts.filter((attempt) => 'missing' in attempt));
    return outcomes.all();
  }

  private async store(
    { session, group, self }: LiveGroup,
    action: ParticipantAction,
    results: readonly ParticipantResult[],
    seen: Promise<GroupAndMembers | undefined>,
  ): Promise<void> {
    const codes = results.flatMap(({ code }) => (isSuccess(action, code) ? [] : code));
    if (codes.length > 0) {
      this.logger.log({ msg: 'participants declined', sessionId: session.id, groupJid: group.groupJid, action, codes });
    }
    if (action === 'reject') return;
    // Whoever is let in is a member, as if added.
    const as = action === 'approve' ? 'add' : action;
    // Who was declined is no member, but by which addresses they go is worth knowing.
    const told = [...resultsToStore(as, results), ...declined(as, results)];
    const stored = this.writer.applyResults(session.id, group.groupJid, as, told, self, await seen);
    await this.groups.record(session.id, group.groupJid, stored);
  }
}

function requireFitting({ action, inviteFallback }: ParticipantsRequest): void {
  if (inviteFallback && action !== 'add') throw ValidationError.of('inviteFallback', 'goes with the action add only');
}

async function ask(
  client: WhatsAppClient,
  groupJid: string,
  action: ParticipantAction,
  jids: readonly string[],
): Promise<ParticipantResult[]> {
  if (!isRequestAction(action)) return client.updateMembers(groupJid, action, jids);
  try {
    return await client.answerJoinRequests(groupJid, action, jids);
  } catch (error) {
    throw requestRefusal(error);
  }
}

/** A limit that WhatsApp tells for each of those who were sent is one that it tells for the whole. */
function requireSome(attempts: readonly Attempt[]): void {
  const [first] = attempts;
  const isUntouched = (attempt: Attempt): boolean =>
    'missing' in attempt ? attempt.missing === 'not_attempted' : isLimit(attempt.code);
  if (!first || 'missing' in first || !attempts.every(isUntouched)) return;
  throw commonRefusal(new WhatsAppRefusedError(first.code, 'for every participant'));
}
