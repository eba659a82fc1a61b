import { problem, property, type PropertyOptions } from './property.js';

/** One of `values`. `name` names the enumeration in OpenAPI, where several DTOs share it. */
export function Choice(values: readonly string[], options: PropertyOptions & { name?: string }): PropertyDecorator {
  return property(options, {
    schema: { enum: [...values], ...(options.name && { enumName: options.name }) },
    problems: (value) => (isOneOf(values, value) ? [] : problem(`must be one of ${values.join(', ')}`)),
  });
}

export function isOneOf(values: readonly string[], value: unknown): boolean {
  return typeof value === 'string' && values.includes(value);
}
