import { Injectable } from '@nestjs/common';
import { OutcomeResolver, type RecordedResponse, type UnresolvedRequest } from '#http';
import { MemberRepository, type MemberRecord } from '#store';
import { LiveGroups, participantsFailed } from '../groups/index.js';
import type { ParticipantsDto } from './participants.dto.js';
import { distinctPeople } from './people.js';

/** Reads a group from WhatsApp, and who of those that were named is in it. */
@Injectable()
abstract class MemberOutcome extends OutcomeResolver {
  constructor(
    private readonly live: LiveGroups,
    private readonly members: MemberRepository,
  ) {
    super();
  }

  protected async read(
    { scope, sessionId, params }: UnresolvedRequest,
    inputs: readonly string[],
  ): Promise<(MemberRecord | undefined)[]> {
    const { gid: groupJid = '' } = params;
    await this.live.read(await this.live.account({ scope }, sessionId), groupJid);
    const found: (MemberRecord | undefined)[] = [];
    for (const { user } of distinctPeople(inputs)) found.push(await this.members.find(sessionId, groupJid, user));
    return found;
  }

  protected async readOne(request: UnresolvedRequest): Promise<MemberRecord | undefined> {
    const [member] = await this.read(request, [request.params['jid'] ?? '']);
    return member;
  }
}

/** Those who are in the group now were added, or were there before. With none of them there it cannot be known. */
@Injectable()
export class MembersAdded extends MemberOutcome {
  async resolve(request: UnresolvedRequest): Promise<RecordedResponse | undefined> {
    const found = await this.read(request, (request.body as ParticipantsDto).participants);
    const missing = found.filter((member) => !member).length;
    return missing === found.length ? undefined : { headers: participantsFailed(missing) };
  }
}

@Injectable()
export class MemberRemoved extends MemberOutcome {
  async resolve(request: UnresolvedRequest): Promise<RecordedResponse | undefined> {
    return (await this.readOne(request)) ? undefined : {};
  }
}

@Injectable()
export class MemberPromoted extends MemberOutcome {
  async resolve(request: UnresolvedRequest): Promise<RecordedResponse | undefined> {
    return (await this.readOne(request))?.role === 'admin' ? {} : undefined;
  }
}

@Injectable()
export class MemberDemoted extends MemberOutcome {
  async resolve(request: UnresolvedRequest): Promise<RecordedResponse | undefined> {
    return (await this.readOne(request))?.role === 'member' ? {} : undefined;
  }
}
