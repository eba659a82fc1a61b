import { Injectable } from '@nestjs/common';
import { NotFoundError } from '#errors';
import { OutcomeResolver, type RecordedResponse, type UnresolvedRequest } from '#http';
import { GroupWriter } from '#store';
import { GroupsService } from './groups.service.js';
import { LiveGroups } from './live-groups.service.js';

/** Whether the account has left: WhatsApp does not show the group to it any more. */
@Injectable()
export class GroupLeft extends OutcomeResolver {
  constructor(
    private readonly live: LiveGroups,
    private readonly groups: GroupsService,
    private readonly writer: GroupWriter,
  ) {
    super();
  }

  async resolve({ scope, sessionId, params }: UnresolvedRequest): Promise<RecordedResponse | undefined> {
    const { gid: groupJid = '' } = params;
    const account = await this.live.account({ scope }, sessionId);
    try {
      await this.live.read(account, groupJid);
      return undefined;
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
    }
    await this.groups.record(sessionId, groupJid, this.writer.markLeft(sessionId, groupJid, { actor: account.self }));
    return {};
  }
}
