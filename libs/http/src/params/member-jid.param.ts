import { Param, type PipeTransform } from '@nestjs/common';
import { ValidationError } from '#errors';
import { parseUserJid } from '#whatsapp';
import { invalid } from '../error-responses.js';
import { USER_JID_EXPECTED } from '../properties/jid-list.js';

/** As OpenAPI shows it. */
export const BAD_MEMBER_JID = invalid('jid', USER_JID_EXPECTED);

class MemberJidPipe implements PipeTransform<string, string> {
  transform(value: string): string {
    const parsed = parseUserJid(value);
    if (parsed === undefined) throw ValidationError.of('jid', USER_JID_EXPECTED);
    return parsed.jid;
  }
}

/** The `:jid` of the path, normalized: a phone JID or a LID without device suffix. 400 for anything else. */
export function MemberJidParam(): ParameterDecorator {
  return Param('jid', new MemberJidPipe());
}
