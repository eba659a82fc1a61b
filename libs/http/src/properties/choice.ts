import { problem, property, type PropertyOptions } from './property.js';

export interface ChoiceOptions extends PropertyOptions {
  /** Names the enumeration in OpenAPI, where several DTOs share it. */
  name?: string;
  /** What is said of any other value, where it is not the usual. */
  otherwise?: string;
}

/** One of `values`. */
export function Choice(values: readonly string[], options: ChoiceOptions): PropertyDecorator {
  const { otherwise = `must be one of ${values.join(', ')}` } = options;
  return property(options, {
    schema: { enum: [...values], ...(options.name && { enumName: options.name }) },
    problems: (value) => (isOneOf(values, value) ? [] : problem(otherwise)),
  });
}

export function isOneOf(values: readonly string[], value: unknown): boolean {
  return typeof value === 'string' && values.includes(value);
}
