import { problem, property, type PropertyOptions } from './property.js';

/** A boolean; in a query `true` or `false`. */
export function Flag(options: PropertyOptions): PropertyDecorator {
  return property(options, {
    schema: { type: Boolean },
    problems: (value) => (typeof value === 'boolean' ? [] : problem('must be true or false')),
    fromQuery: (text) => (text === 'true' ? true : text === 'false' ? false : text),
  });
}
