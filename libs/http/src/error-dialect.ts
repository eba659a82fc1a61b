import type { AppError } from '#errors';
import { toEnvelope } from './error-envelope.js';
import { STATUS_OF } from './status.js';

/** How one error is answered. */
export interface ToldError {
  status: number;
  body: object;
}

/** How the routes below a path tell of errors, where their clients do not know the envelope of all others. */
export interface ErrorDialect {
  /** `/api/group`: everything below it, unknown routes and paths that cannot be read included. */
  path: string;
  tell(error: AppError): ToldError;
}

/** As `path` is matched by Express, which does not mind the case. */
export function dialectOf(path: string, dialects: readonly ErrorDialect[]): Pick<ErrorDialect, 'tell'> {
  if (dialects.length === 0) return COMMON;
  const asked = `${path.toLowerCase()}/`;
  return dialects.find((dialect) => asked.startsWith(`${dialect.path}/`)) ?? COMMON;
}

const COMMON: Pick<ErrorDialect, 'tell'> = {
  tell: (error) => ({ status: STATUS_OF[error.code], body: toEnvelope(error) }),
};
