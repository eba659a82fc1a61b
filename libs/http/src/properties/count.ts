import { problem, property, type PropertyOptions } from './property.js';

export interface CountOptions extends PropertyOptions {
  /** 0 unless given. */
  min?: number;
  max?: number;
}

/** A whole number; in a query its digits. */
export function Count(options: CountOptions): PropertyDecorator {
  const { min = 0, max = Number.MAX_SAFE_INTEGER } = options;
  const range = options.max === undefined ? `of at least ${min}` : `from ${min} to ${max}`;
  return property(options, {
    schema: { type: 'integer', minimum: min, ...(options.max !== undefined && { maximum: max }) },
    problems: (value) =>
      Number.isSafeInteger(value) && Number(value) >= min && Number(value) <= max
        ? []
        : problem(`must be a whole number ${range}`),
    fromQuery: (text) => (/^-?\d{1,16}$/.test(text) ? Number(text) : text),
  });
}
