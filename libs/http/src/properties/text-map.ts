import { problem, property, type Problem, type PropertyOptions } from './property.js';
import { textProblems } from './text.js';

export interface TextMapOptions extends PropertyOptions {
  maxEntries: number;
  /** `null` is a value, too. */
  nullableValues?: boolean;
  /** What is wrong with an entry whose value is a string; `undefined`: nothing. */
  check: (name: string, value: string) => string | undefined;
  /** What is wrong with a name beside the others; `undefined`: nothing. */
  checkName: (name: string, others: readonly string[]) => string | undefined;
}

/** An object whose values are strings. Its bad entries are each named: `customHeaders.Host`. */
export function TextMap(options: TextMapOptions): PropertyDecorator {
  const { maxEntries, nullableValues = false } = options;
  return property(options, {
    schema: {
      type: 'object',
      additionalProperties: { type: 'string', nullable: nullableValues },
      maxProperties: maxEntries,
    },
    problems: (value) => {
      if (typeof value !== 'object' || Array.isArray(value)) return problem('must be a JSON object');
      const entries = Object.entries(value as object);
      if (entries.length > maxEntries) return problem(`must have at most ${maxEntries} entries`);
      const names = entries.map(([name]) => name);
      return entries.flatMap(([name, item]) => {
        const others = names.filter((other) => other !== name);
        const message = options.checkName(name, others) ?? itemProblem(name, item, options);
        return message === undefined ? [] : ({ path: `.${name}`, message } satisfies Problem);
      });
    },
  });
}

function itemProblem(name: string, item: unknown, { nullableValues, check }: TextMapOptions): string | undefined {
  if (item === null && nullableValues) return undefined;
  return textProblems(item, { minLength: 0, maxLength: Infinity })[0]?.message ?? check(name, item as string);
}
