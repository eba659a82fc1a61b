import type { Type } from '@nestjs/common';

const IGNORES = 'gateway:ignores-unknown-fields';

/** On a DTO: what it does not know is left out instead of refused, for clients that were written for another server. */
export function IgnoresUnknownFields(): ClassDecorator {
  return (dto) => Reflect.defineMetadata(IGNORES, true, dto);
}

export function ignoresUnknownFields(dto: Type<object>): boolean {
  return Reflect.hasMetadata(IGNORES, dto);
}
