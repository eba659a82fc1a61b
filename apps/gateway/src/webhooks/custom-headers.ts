import { TextMap, type PropertyOptions } from '#http';
import { isReservedHeader } from './sending/index.js';

const MOST = 20;
/** Characters of name and value together. */
const LONGEST = 1_024;

/** RFC 9110, 5.6.2. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** Printable ASCII, with spaces and tabs within: what every server reads as it was written. */
const VALUE = /^[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?$/;

export interface CustomHeadersOptions extends PropertyOptions {
  /** `null` keeps the value that is stored. */
  keepsStored?: boolean;
}

/** Headers that somebody wants sent along with every event. */
export function CustomHeaders({ keepsStored, ...options }: CustomHeadersOptions): PropertyDecorator {
  return TextMap({
    ...options,
    maxEntries: MOST,
    nullableValues: keepsStored,
    checkName: (name, others) => nameProblem(name) ?? repetition(name, others),
    check: valueProblem,
  });
}

function nameProblem(name: string): string | undefined {
  if (!TOKEN.test(name)) return 'must have the name of an HTTP header';
  if (name.length > LONGEST) return `must have at most ${LONGEST} characters, its name included`;
  return isReservedHeader(name) ? 'is a header that the gateway sets itself' : undefined;
}

function repetition(name: string, others: readonly string[]): string | undefined {
  return others.some((other) => isSameHeader(other, name)) ? 'is given twice' : undefined;
}

function valueProblem(name: string, value: string): string | undefined {
  if (!VALUE.test(value)) return 'must be printable ASCII, without spaces around it';
  return name.length + value.length > LONGEST
    ? `must have at most ${LONGEST} characters, its name included`
    : undefined;
}

export function isSameHeader(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
