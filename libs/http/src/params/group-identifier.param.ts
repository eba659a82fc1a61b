import { Param, type PipeTransform } from '@nestjs/common';
import { ValidationError } from '#errors';
import { parseGroupJid, parseInvite } from '#whatsapp';
import { invalid } from '../error-responses.js';

const EXPECTED = 'must be the JID of a group, an invite code or an invite link';

/** As OpenAPI shows it. */
export const BAD_GROUP_IDENTIFIER = invalid('gid', EXPECTED);

class GroupIdentifierPipe implements PipeTransform<string, string> {
  transform(value: string): string {
    if (parseGroupJid(value) ?? parseInvite(value)) return value;
    throw ValidationError.of('gid', EXPECTED);
  }
}

/** The `:gid` of the path where an invite may name the group, too: as it came. 400 for anything else. */
export function GroupIdentifierParam(): ParameterDecorator {
  return Param('gid', new GroupIdentifierPipe());
}
