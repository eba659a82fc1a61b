import { Injectable } from '@nestjs/common';
import type { Principal } from '#auth';
import { NotFoundError } from '#errors';
import { LiveGroups } from './live-groups.service.js';
import { acceptedAs } from './refusal.js';

/** The pictures of groups. WhatsApp keeps them; nothing of them is stored here. */
@Injectable()
export class PicturesService {
  constructor(private readonly live: LiveGroups) {}

  /** Where it can be fetched from for a while. `NotFoundError` when there is none. */
  async url(caller: Principal, sessionId: string, groupJid: string): Promise<string> {
    const target = await this.live.group(caller, sessionId, groupJid);
    const url = await this.live.ask(target, target.client.pictureUrl(groupJid));
    if (url === undefined) throw new NotFoundError(target.group.myRole === 'left' ? 'group' : 'picture');
    return url;
  }

  /** `picture`: a whole JPEG. */
  async set(caller: Principal, sessionId: string, groupJid: string, picture: Uint8Array): Promise<void> {
    const target = await this.live.group(caller, sessionId, groupJid);
    await this.live.ask(target, acceptedAs('body', target.client.setPicture(groupJid, picture)));
  }

  async remove(caller: Principal, sessionId: string, groupJid: string): Promise<void> {
    const target = await this.live.group(caller, sessionId, groupJid);
    await this.live.ask(target, target.client.removePicture(groupJid));
  }
}
