import { Injectable } from '@nestjs/common';
import { OutcomeResolver, type RecordedResponse, type UnresolvedRequest } from '#http';
import { SETTINGS, type SettingName, type SettingsPatch } from './group-settings.service.js';
import { GroupsService } from './groups.service.js';
import { LiveGroups } from './live-groups.service.js';

/** Whether the group has all of the settings that it was to get. */
@Injectable()
export class SettingsApplied extends OutcomeResolver {
  constructor(
    private readonly live: LiveGroups,
    private readonly groups: GroupsService,
  ) {
    super();
  }

  async resolve({ scope, sessionId, params, body }: UnresolvedRequest): Promise<RecordedResponse | undefined> {
    const { gid: groupJid = '' } = params;
    await this.live.read(await this.live.account({ scope }, sessionId), groupJid);
    const group = await this.groups.get({ scope }, sessionId, groupJid);
    const wanted = Object.entries(body as SettingsPatch) as [SettingName, unknown][];
    return wanted.every(([name, value]) => (group[SETTINGS[name]] ?? '') === value) ? {} : undefined;
  }
}
