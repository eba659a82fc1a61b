import { randomInt } from 'node:crypto';
import { monotonicFactory } from 'ulid';

const STEPS = 2 ** 32;
// The generator that comes with `ulid` asks the kernel sixteen times for each id; this one draws from a pool.
const next = monotonicFactory(() => randomInt(STEPS) / STEPS);

/** A ULID that sorts after every one that this process made before it. */
export function newId(): string {
  return next();
}

const ULID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;

export function isId(value: string): boolean {
  return ULID.test(value);
}

/** Whether `value` is a ULID after `prefix`. */
export function isPrefixedId(prefix: string, value: string): boolean {
  return value.startsWith(prefix) && isId(value.slice(prefix.length));
}
