import type { ApiPropertyOptions } from '@nestjs/swagger';
import { isOneOf } from './choice.js';
import { problem, property, type Problem, type PropertyOptions } from './property.js';
import { textProblems } from './text.js';

export interface ListOptions extends PropertyOptions {
  /** 1 unless given. */
  minItems?: number;
  /** 1024 unless given. */
  maxItems?: number;
  /** No item comes twice. */
  unique?: boolean;
}

interface Items {
  schema: ApiPropertyOptions;
  /** What is wrong with one item; `undefined`: nothing. */
  problem: (item: unknown) => string | undefined;
}

/** A list whose bad items are each named by their place in it. */
export function list(options: ListOptions, items: Items): PropertyDecorator {
  const { minItems = 1, maxItems = 1024, unique = false } = options;
  return property(options, {
    schema: { ...items.schema, isArray: true, minItems, maxItems, ...(unique && { uniqueItems: true }) },
    problems: (value) => {
      if (!Array.isArray(value)) return problem('must be a list');
      if (value.length < minItems) return problem(minItems === 1 ? 'must not be empty' : `needs ${minItems} items`);
      if (value.length > maxItems) return problem(`must have at most ${maxItems} items`);
      return value.flatMap((item: unknown, index) =>
        at(index, items.problem(item) ?? (unique && value.indexOf(item) < index ? 'is given twice' : undefined)),
      );
    },
  });
}

function at(index: number, message: string | undefined): Problem[] {
  return message === undefined ? [] : [{ path: `[${index}]`, message }];
}

/** Some of `values`. */
export function Choices(values: readonly string[], options: ListOptions & { name?: string }): PropertyDecorator {
  return list(options, {
    schema: { enum: [...values], ...(options.name && { enumName: options.name }) },
    problem: (item) => (isOneOf(values, item) ? undefined : `must be one of ${values.join(', ')}`),
  });
}

/** Strings; `check` tells what is wrong with one of them. */
export function TextList(
  options: ListOptions & { maxLength?: number; check?: (item: string) => string | undefined },
): PropertyDecorator {
  const { maxLength = 255, check } = options;
  return list(options, {
    schema: { type: String },
    problem: (item) => textProblems(item, { minLength: 1, maxLength })[0]?.message ?? check?.(item as string),
  });
}
