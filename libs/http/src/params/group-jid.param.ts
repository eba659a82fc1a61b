import { Param, type PipeTransform } from '@nestjs/common';
import { ValidationError } from '#errors';
import { parseGroupJid } from '#whatsapp';
import { invalid } from '../error-responses.js';

const EXPECTED = 'must be the JID of a group, ending in @g.us';

/** As OpenAPI shows it. */
export const BAD_GROUP_JID = invalid('gid', EXPECTED);

class GroupJidPipe implements PipeTransform<string, string> {
  transform(value: string): string {
    const jid = parseGroupJid(value);
    if (jid === undefined) throw ValidationError.of('gid', EXPECTED);
    return jid;
  }
}

/** The `:gid` of the path: a group's JID. 400 for anything else. */
export function GroupJidParam(): ParameterDecorator {
  return Param('gid', new GroupJidPipe());
}
