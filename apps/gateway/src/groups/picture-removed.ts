import { Injectable } from '@nestjs/common';
import { OutcomeResolver, type RecordedResponse, type UnresolvedRequest } from '#http';
import { LiveGroups } from './live-groups.service.js';

/** Whether the group has no picture. */
@Injectable()
export class PictureRemoved extends OutcomeResolver {
  constructor(private readonly live: LiveGroups) {
    super();
  }

  async resolve({ scope, sessionId, params }: UnresolvedRequest): Promise<RecordedResponse | undefined> {
    const { client } = await this.live.account({ scope }, sessionId);
    return (await client.pictureUrl(params['gid'] ?? '')) === undefined ? {} : undefined;
  }
}
