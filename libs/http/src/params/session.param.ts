import { Param } from '@nestjs/common';

/** The `:session` of the path, as it came: a malformed id is a session that does not exist. */
export function SessionParam(): ParameterDecorator {
  return Param('session');
}
