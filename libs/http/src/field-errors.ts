import type { ValidationError as Violation } from 'class-validator';
import type { FieldError } from '#errors';
import { checkOf } from './properties/property.js';

/** Every offending field of class-validator's tree, by its path: `participants[1]`, `settings.locked`. */
export function fieldErrors(violations: readonly Violation[], parent = ''): FieldError[] {
  return violations.flatMap((violation) => {
    const path = join(parent, violation.property);
    return [...own(violation, path), ...fieldErrors(violation.children ?? [], path)];
  });
}

function own({ constraints = {}, target, property, value }: Violation, path: string): FieldError[] {
  if ('whitelistValidation' in constraints) return [{ path, message: 'is not a known field' }];
  const check = target && checkOf(target, property);
  if (!check) return Object.values(constraints).map((message) => ({ path, message }));
  return check(value).map(({ path: within, message }) => ({ path: path + within, message }));
}

function join(parent: string, name: string): string {
  if (parent === '') return name;
  return /^\d+$/.test(name) ? `${parent}[${name}]` : `${parent}.${name}`;
}
