import { type ArgumentMetadata, Injectable, type PipeTransform, type Type } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { type FieldError, ValidationError } from '#errors';
import { fieldErrors } from './field-errors.js';
import { QUERY_GROUP } from './properties/property.js';
import { ignoresUnknownFields } from './unknown-fields.js';

/** `toString`, `__proto__` and the like: class-transformer drops what every object has; to a client they are unknown fields. */
const UNSETTABLE = Object.getOwnPropertyNames(Object.prototype);

/** Turns bodies and queries into their DTOs, and refuses what does not fit with all the reasons at once. */
@Injectable()
export class ValidationPipe implements PipeTransform {
  /** Queries that may be empty, which most are: found out once for each DTO. */
  private readonly optional = new Map<Type, boolean>();

  transform(value: unknown, { type, metatype }: ArgumentMetadata): unknown {
    if ((type !== 'body' && type !== 'query') || !isDto(metatype)) return value;
    if (type === 'query' && this.mayBeEmpty(metatype) && isEmpty(value)) return new metatype();
    return validated(value, type, metatype);
  }

  private mayBeEmpty(metatype: Type<object>): boolean {
    let known = this.optional.get(metatype);
    if (known === undefined) {
      known = validateSync(new metatype()).length === 0;
      this.optional.set(metatype, known);
    }
    return known;
  }
}

function validated(value: unknown, type: 'body' | 'query', metatype: Type<object>): object {
  if (!isRecord(value)) throw ValidationError.of('body', 'must be a JSON object');
  const within = Object.entries(value).flatMap(([name, item]) => unsettableWithin(item, name));
  if (within.length > 0) throw new ValidationError(within);
  const groups = type === 'query' ? [QUERY_GROUP] : [];
  const dto = plainToInstance(metatype, value, { groups });
  const forbidNonWhitelisted = !ignoresUnknownFields(metatype);
  const errors = [
    ...(forbidNonWhitelisted ? unsettable(value) : []),
    ...fieldErrors(validateSync(dto, { whitelist: true, forbidNonWhitelisted })),
  ];
  if (errors.length > 0) throw new ValidationError(errors);
  return dto;
}

const PLAIN: readonly unknown[] = [Object, String, Number, Boolean, Array];

function isDto(metatype: ArgumentMetadata['metatype']): metatype is Type<object> {
  return metatype !== undefined && !PLAIN.includes(metatype);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isEmpty(value: unknown): boolean {
  return isRecord(value) && Object.keys(value).length === 0;
}

function unsettable(value: object, prefix = ''): FieldError[] {
  return UNSETTABLE.filter((name) => Object.hasOwn(value, name)).map((name) => ({
    path: prefix + name,
    message: 'is not a known field',
  }));
}

/** class-transformer fails at a nested object with a `constructor` of its own, and drops the others. */
function unsettableWithin(value: unknown, path: string): FieldError[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => unsettableWithin(item, `${path}[${index}]`));
  if (!isRecord(value)) return [];
  const deeper = Object.entries(value).flatMap(([name, item]) => unsettableWithin(item, `${path}.${name}`));
  return [...unsettable(value, `${path}.`), ...deeper];
}
