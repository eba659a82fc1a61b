import { applyDecorators } from '@nestjs/common';
import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { registerDecorator } from 'class-validator';

export interface PropertyOptions {
  description: string;
  example?: unknown;
  /** The property may be left out. */
  optional?: boolean;
  /** `null` is a value too; it usually means "take it away". */
  nullable?: boolean;
}

/** What is wrong with a value, and where in it: `''` for the value itself, `[1]` for its second item. */
export interface Problem {
  path: string;
  message: string;
}

export interface PropertyRule {
  /** How OpenAPI describes the values. */
  schema: ApiPropertyOptions;
  /** Never called with `undefined` or `null`. */
  problems: (value: unknown) => Problem[];
  /** What to say where the value is missing, or `null`, and must not be. */
  missing?: string;
  /** A query string holds text only: turns it into the value, or leaves it for `problems` to refuse. */
  fromQuery?: (text: string) => unknown;
}

/** Transformations of this group run for query strings and not for bodies. */
export const QUERY_GROUP = 'query';

type Check = (value: unknown) => Problem[];

const CHECK = 'gateway:property';

/** The check of a property; class-validator's own errors cannot tell which item of a list is bad. */
export function checkOf(dto: object, name: string): Check | undefined {
  return Reflect.getMetadata(CHECK, dto, name) as Check | undefined;
}

/** The one way to declare a property of a DTO: how it is validated and how OpenAPI shows it, together. */
export function property(options: PropertyOptions, rule: PropertyRule): PropertyDecorator {
  const check: Check = (value) => {
    if (value === undefined) return options.optional ? [] : problem(rule.missing ?? 'is required');
    if (value === null) return options.nullable ? [] : problem(rule.missing ?? 'must not be null');
    return rule.problems(value);
  };
  const decorators = [validated(check), ApiProperty(documentation(options, rule.schema))];
  const { fromQuery } = rule;
  if (fromQuery) decorators.push(transformed(fromQuery));
  return applyDecorators(...decorators);
}

export function problem(message: string): Problem[] {
  return [{ path: '', message }];
}

function documentation({ description, example, optional, nullable }: PropertyOptions, schema: ApiPropertyOptions) {
  const documented = { ...schema, description, required: !optional } as ApiPropertyOptions;
  return { ...documented, ...(nullable && { nullable }), ...(example !== undefined && { example }) };
}

function validated(check: Check): PropertyDecorator {
  return (prototype, name) => {
    Reflect.defineMetadata(CHECK, check, prototype, name);
    registerDecorator({
      name: 'property',
      target: prototype.constructor,
      propertyName: String(name),
      validator: { validate: (value: unknown) => check(value).length === 0 },
    });
  };
}

function transformed(fromQuery: (text: string) => unknown): PropertyDecorator {
  return Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? fromQuery(value) : value), {
    groups: [QUERY_GROUP],
  });
}
