import { createHash, randomInt } from 'node:crypto';
import { monotonicFactory, ulid } from 'ulid';

const STEPS = 2 ** 32;
// The generator that comes with `ulid` asks the kernel sixteen times for each id; this one draws from a pool.
const random = (): number => randomInt(STEPS) / STEPS;
const next = monotonicFactory(random);

/** A ULID that sorts after every one that this process made before it. */
export function newId(): string {
  return next();
}

/** Digits that end the ids of a series. */
export const SERIES_DIGITS = 6;

/**
 * What the ids of rows have in common that a statement makes and numbers by itself: followed by a number of
 * `SERIES_DIGITS` decimal digits, each is a ULID.
 */
export function newIdSeries(): string {
  return ulid(undefined, random).slice(0, -SERIES_DIGITS);
}

const LAST_MOMENT = 2 ** 48 - 1;

/** The ULID of `text`: whoever asks again gets the same. `at`, in epoch milliseconds, is what it begins with. */
export function idOf(text: string, at: number): string {
  const digest = createHash('sha256').update(text).digest();
  let next = 0;
  return ulid(Math.min(Math.max(Math.trunc(at), 0), LAST_MOMENT), () => digest.readUInt8(next++) / 256);
}

const ULID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;

export function isId(value: string): boolean {
  return ULID.test(value);
}

/** Whether `value` is a ULID after `prefix`. */
export function isPrefixedId(prefix: string, value: string): boolean {
  return value.startsWith(prefix) && isId(value.slice(prefix.length));
}
