import { Injectable } from '@nestjs/common';
import type { Principal } from '#auth';
import { LiveGroups } from '../groups/index.js';
import { SessionsService } from '../sessions/index.js';

/** What product B calls an instance is a session, by its id or its label. */
@Injectable()
export class Instances {
  constructor(
    private readonly sessions: SessionsService,
    private readonly live: LiveGroups,
  ) {}

  /**
   * The id of the session, which is connected: product B answers nothing for one that is not. Throws
   * `NotFoundError('session')` or `SessionNotConnectedError`.
   */
  async connected(caller: Principal, instance: string): Promise<string> {
    const { id } = await this.sessions.find(caller, instance);
    await this.live.account(caller, id);
    return id;
  }
}
