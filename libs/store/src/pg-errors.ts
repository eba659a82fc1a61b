const UNIQUE_VIOLATION = '23505';

interface ServerError {
  code: string;
  constraint?: string;
}

function isServerError(error: unknown): error is ServerError {
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}

export function violatesUnique(error: unknown, constraint: string): boolean {
  return isServerError(error) && error.code === UNIQUE_VIOLATION && error.constraint === constraint;
}
