import { problem, property, type PropertyOptions } from './property.js';

/** The last millisecond that a JavaScript date can hold. */
const LATEST = 8_640_000_000_000_000;

/** A moment in time: epoch milliseconds, UTC; in a query their digits. */
export function Moment(options: PropertyOptions): PropertyDecorator {
  return property(
    { example: 1_719_400_000_000, ...options },
    {
      schema: { type: 'integer', format: 'int64', minimum: 0 },
      problems: (value) =>
        Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) <= LATEST
          ? []
          : problem('must be a moment in epoch milliseconds'),
      fromQuery: (text) => (/^\d{1,16}$/.test(text) ? Number(text) : text),
    },
  );
}
