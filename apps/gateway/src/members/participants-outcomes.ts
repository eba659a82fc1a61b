import { Injectable } from '@nestjs/common';
import { OutcomeResolver, type RecordedResponse, type UnresolvedRequest } from '#http';
import type { ParticipantAction } from '#whatsapp';
import { EndState } from './end-state.js';
import type { ParticipantsActionDto } from './participants.dto.js';
import { ParticipantsService } from './participants.service.js';

/** What the routes that tell of each participant would have answered. */
@Injectable()
export class ParticipantsDone extends OutcomeResolver {
  constructor(
    private readonly state: EndState,
    private readonly participants: ParticipantsService,
  ) {
    super();
  }

  async resolve(request: UnresolvedRequest): Promise<RecordedResponse | undefined> {
    const { sessionId, params, body } = request;
    const groupJid = await this.participants.resolveGroup(request, sessionId, params['gid'] ?? '');
    const { participants } = body as ParticipantsActionDto;
    const outcome = await this.state.read(request, sessionId, groupJid, this.actionOf(request), participants);
    return outcome && { body: outcome };
  }

  protected actionOf({ body }: UnresolvedRequest): ParticipantAction {
    return (body as ParticipantsActionDto).action;
  }
}

@Injectable()
export class RequestsApproved extends ParticipantsDone {
  protected override actionOf(): ParticipantAction {
    return 'approve';
  }
}

@Injectable()
export class RequestsRejected extends ParticipantsDone {
  protected override actionOf(): ParticipantAction {
    return 'reject';
  }
}
