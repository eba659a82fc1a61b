import { Injectable } from '@nestjs/common';
import { OutcomeResolver, type RecordedResponse, type UnresolvedRequest } from '#http';
import { parseInvite } from '#whatsapp';
import { type JoinGroupDto, toJoinedGroupDto } from './groups.dto.js';
import { LiveGroups } from './live-groups.service.js';

/** Whether the account is in the group that the invite leads to. Who only waits for an admin cannot be told by it. */
@Injectable()
export class GroupJoined extends OutcomeResolver {
  constructor(private readonly live: LiveGroups) {
    super();
  }

  async resolve({ scope, sessionId, body }: UnresolvedRequest): Promise<RecordedResponse | undefined> {
    const code = parseInvite((body as JoinGroupDto).invite);
    if (code === undefined) return undefined;
    const account = await this.live.account({ scope }, sessionId);
    const { groupJid } = await account.client.inviteInfo(code);
    await this.live.read(account, groupJid, { actor: account.self });
    return { body: toJoinedGroupDto({ status: 'joined', groupJid }) };
  }
}
