const UNIQUE_VIOLATION = '23505';
const FOREIGN_KEY_VIOLATION = '23503';

interface ServerError {
  code: string;
  constraint?: string;
}

function isServerError(error: unknown): error is ServerError {
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}

export function violatesUnique(error: unknown, constraint: string): boolean {
  return violates(UNIQUE_VIOLATION, error, constraint);
}

export function violatesForeignKey(error: unknown, constraint: string): boolean {
  return violates(FOREIGN_KEY_VIOLATION, error, constraint);
}

function violates(code: string, error: unknown, constraint: string): boolean {
  return isServerError(error) && error.code === code && error.constraint === constraint;
}
