import { monotonicFactory } from 'ulid';

const next = monotonicFactory();

/** A ULID that sorts after every one that this process made before it. */
export function newId(): string {
  return next();
}

const ULID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;

export function isId(value: string): boolean {
  return ULID.test(value);
}
