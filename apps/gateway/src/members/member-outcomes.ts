import { Injectable } from '@nestjs/common';
import {
  OutcomeResolver,
  prefersRepresentation,
  representation,
  type RecordedResponse,
  type UnresolvedRequest,
} from '#http';
import type { MemberAction } from '#whatsapp';
import { participantsFailed } from '../groups/index.js';
import { EndState } from './end-state.js';
import { failed } from './participant-outcome.js';
import type { ParticipantsDto } from './participants.dto.js';

/** What product A's member routes would have answered. Nest learns from the decorator what those below are made of. */
@Injectable()
abstract class MemberOutcome extends OutcomeResolver {
  protected abstract readonly action: MemberAction;

  constructor(private readonly state: EndState) {
    super();
  }

  async resolve(request: UnresolvedRequest): Promise<RecordedResponse | undefined> {
    const { sessionId, params, headers } = request;
    const outcome = await this.state.read(request, sessionId, params['gid'] ?? '', this.action, this.named(request));
    if (!outcome) return undefined;
    if (prefersRepresentation(headers['prefer']?.toString())) return representation(outcome);
    return { headers: participantsFailed(failed(outcome).length) };
  }

  protected named({ params }: UnresolvedRequest): readonly string[] {
    return [params['jid'] ?? ''];
  }
}

@Injectable()
export class MembersAdded extends MemberOutcome {
  protected readonly action = 'add';

  protected override named({ body }: UnresolvedRequest): readonly string[] {
    return (body as ParticipantsDto).participants;
  }
}

@Injectable()
export class MemberRemoved extends MemberOutcome {
  protected readonly action = 'remove';
}

@Injectable()
export class MemberPromoted extends MemberOutcome {
  protected readonly action = 'promote';
}

@Injectable()
export class MemberDemoted extends MemberOutcome {
  protected readonly action = 'demote';
}
