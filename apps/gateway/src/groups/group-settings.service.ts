import { Injectable } from '@nestjs/common';
import type { Principal } from '#auth';
import { AppError, ValidationError } from '#errors';
import { GroupWriter } from '#store';
import { WhatsAppRefusedError, type GroupSettingChange, type GroupSettings } from '#whatsapp';
import { GroupsService } from './groups.service.js';
import { LiveGroups, type LiveGroup } from './live-groups.service.js';
import { acceptedAs } from './refusal.js';

/** The body of PATCH, as clients name the settings. */
export interface SettingsPatch {
  subject?: string;
  /** `''` removes it. */
  description?: string;
  announce?: boolean;
  locked?: boolean;
  joinApproval?: boolean;
  memberAddMode?: GroupSettings['memberAddMode'];
  ephemeralSeconds?: number;
}

export type SettingName = keyof SettingsPatch;

/** What WhatsApp's own terms for them are. It takes one setting at a time; they are applied in this order. */
export const SETTINGS: Record<SettingName, keyof GroupSettings> = {
  subject: 'subject',
  description: 'description',
  announce: 'isAnnounce',
  locked: 'isLocked',
  joinApproval: 'joinApproval',
  memberAddMode: 'memberAddMode',
  ephemeralSeconds: 'ephemeralSeconds',
};

const SETTING_NAMES = Object.keys(SETTINGS) as SettingName[];

@Injectable()
export class GroupSettingsService {
  constructor(
    private readonly live: LiveGroups,
    private readonly groups: GroupsService,
    private readonly writer: GroupWriter,
  ) {}

  /** Stops at the first setting that fails; the error's `details.applied` names those that were applied before it. */
  async patch(caller: Principal, sessionId: string, groupJid: string, patch: SettingsPatch): Promise<void> {
    const names = SETTING_NAMES.filter((name) => patch[name] !== undefined);
    if (names.length === 0) throw ValidationError.of('body', `needs at least one of ${SETTING_NAMES.join(', ')}`);
    const target = await this.live.group(caller, sessionId, groupJid);
    const applied: SettingName[] = [];
    for (const name of names) {
      const change = { setting: SETTINGS[name], value: patch[name] } as GroupSettingChange;
      try {
        await this.apply(target, name, change);
      } catch (error) {
        throw error instanceof AppError ? error.with({ failed: name, applied }) : error;
      }
      applied.push(name);
    }
  }

  private async apply(target: LiveGroup, name: SettingName, change: GroupSettingChange): Promise<void> {
    const { session, group } = target;
    const { descriptionId } = await this.live.ask(target, acceptedAs(name, this.send(target, change)));
    const { groupJid } = group;
    const settings = { [change.setting]: change.value };
    await this.groups.record(
      session.id,
      groupJid,
      this.writer.updateSettings(session.id, groupJid, settings, descriptionId),
    );
  }

  /** A description replaces one that is named; WhatsApp answers 409 when that is not the one in force. */
  private async send({ client, group }: LiveGroup, change: GroupSettingChange): Promise<{ descriptionId?: string }> {
    try {
      return await client.updateSetting(group.groupJid, change, group.descriptionId);
    } catch (error) {
      const stale = error instanceof WhatsAppRefusedError && error.whatsappCode === 409;
      if (!stale || change.setting !== 'description') throw error;
      const { descriptionId } = await client.fetchGroup(group.groupJid);
      return client.updateSetting(group.groupJid, change, descriptionId);
    }
  }
}
