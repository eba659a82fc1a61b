import { Flag, IgnoresUnknownFields, Nested, Text } from '#http';
import type { ParticipantAction } from '#whatsapp';
import type { SettingsPatch } from '../groups/index.js';
import { GroupSettingsInput, toSettingsPatch } from './group-settings.dto.js';
import { Action, Identifier, InviteIdentifier, Participants } from './properties.js';

const NAME = { description: 'The name of the group', maxLength: 100, example: 'Harvest 2026' };
const DESCRIPTION = { description: 'What the group is about', minLength: 0, maxLength: 2048, example: 'Rota and news' };
const SETTINGS = { description: 'Those that are left out stay as they are', optional: true };

/*
 * What clients of product B send. It was not written for this gateway and may hold more than is known here: that is left
 * out, not refused. The properties stand in the order in which product B looks at them.
 */

@IgnoresUnknownFields()
export class ManageParticipantsDto {
  @Action()
  action: ParticipantAction;

  @Participants('Numbers or JIDs; one that is malformed fails alone')
  participants: unknown[];

  @Identifier()
  identifier: string;
}

/** In the body of a POST, in the query of GET and DELETE. */
@IgnoresUnknownFields()
export class GroupIdentifierDto {
  @Identifier()
  identifier: string;
}

@IgnoresUnknownFields()
export class GroupInfoQuery {
  @Identifier()
  identifier: string;

  @Flag({ description: 'Whether to list the participants', optional: true, example: true })
  participants?: boolean;
}

@IgnoresUnknownFields()
export class JoinByInviteDto {
  @InviteIdentifier()
  identifier: string;
}

@IgnoresUnknownFields()
export class CreateGroupRequestDto {
  @Text(NAME)
  name: string;

  @Participants('Numbers or JIDs of those to put into it; one that is malformed fails alone')
  participants: unknown[];

  @Text({ ...DESCRIPTION, optional: true })
  description?: string;

  @Nested(() => GroupSettingsInput, SETTINGS)
  groupSettings?: GroupSettingsInput;
}

@IgnoresUnknownFields()
export class UpdateGroupRequestDto {
  @Identifier()
  identifier: string;

  @Text({ ...NAME, optional: true })
  name?: string;

  @Text({ ...DESCRIPTION, description: 'What the group is about; empty text removes it', optional: true })
  description?: string;

  @Nested(() => GroupSettingsInput, SETTINGS)
  groupSettings?: GroupSettingsInput;
}

/** What of a group is to change, as the services of this gateway are given it. */
export function patchOf(request: Partial<UpdateGroupRequestDto>): SettingsPatch {
  const { name, description, groupSettings = {} } = request;
  return {
    ...(name !== undefined && { subject: name }),
    ...(description !== undefined && { description }),
    ...toSettingsPatch(groupSettings),
  };
}
