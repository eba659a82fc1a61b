import { problem, property, type Problem, type PropertyOptions } from './property.js';

export interface TextOptions extends PropertyOptions {
  /** Characters; 1 unless given. */
  minLength?: number;
  /** Characters; 255 unless given. */
  maxLength?: number;
  /** What the text must look like, and how to say so to a person. */
  pattern?: { matches: RegExp; message: string };
}

/** A string. Blank text is refused unless `minLength` is 0. */
export function Text(options: TextOptions): PropertyDecorator {
  const { minLength = 1, maxLength = 255, pattern } = options;
  return property(options, {
    schema: { type: String, minLength, maxLength, ...(pattern && { pattern: pattern.matches.source }) },
    problems: (value) => textProblems(value, { minLength, maxLength, pattern }),
  });
}

type TextRule = Required<Pick<TextOptions, 'minLength' | 'maxLength'>> & Pick<TextOptions, 'pattern'>;

export function textProblems(value: unknown, { minLength, maxLength, pattern }: TextRule): Problem[] {
  if (typeof value !== 'string') return problem('must be a string');
  if (!isStorable(value)) return problem('must not hold NUL characters or broken surrogate pairs');
  const length = [...value].length;
  if (minLength > 0 && value.trim() === '') return problem('must not be empty');
  if (length < minLength) return problem(`must have at least ${minLength} characters`);
  if (length > maxLength) return problem(`must have at most ${maxLength} characters`);
  if (pattern && !pattern.matches.test(value)) return problem(pattern.message);
  return [];
}

/** PostgreSQL has no text with NUL in it, and UTF-8 has none with half of a surrogate pair. */
export function isStorable(text: unknown): text is string {
  return typeof text === 'string' && !text.includes('\0') && !/\p{Surrogate}/u.test(text);
}
