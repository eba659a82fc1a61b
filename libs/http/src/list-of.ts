import type { Type } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';

/** The list envelope. `nextCursor` is empty on the last page. */
export interface List<T> {
  data: T[];
  nextCursor: string;
}

const envelopes = new Map<Type, Type<List<unknown>>>();

/** The list envelope of `item`, for OpenAPI: `@Operation({ returns: ListOf(GroupDto) })`. */
export function ListOf<T>(item: Type<T>): Type<List<T>> {
  const known = envelopes.get(item);
  if (known) return known as Type<List<T>>;

  class Envelope implements List<T> {
    @ApiProperty({ type: item, isArray: true })
    data: T[];

    @ApiProperty({ description: 'Pass it as `cursor` for the next page; empty: this is the last one', example: '' })
    nextCursor: string;
  }
  Object.defineProperty(Envelope, 'name', { value: `${item.name.replace(/Dto$/, '')}List` });
  envelopes.set(item, Envelope);
  return Envelope;
}
