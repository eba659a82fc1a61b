import { ConfigError } from '#config';

/** What an operator is told when the gateway cannot start: what is wrong, not where in our code. */
export function bootFailure(error: unknown): string {
  if (error instanceof ConfigError) return `The gateway cannot start, its configuration is wrong:\n${error.message}`;
  return `The gateway cannot start: ${reason(error)}`;
}

/** What went wrong, with its causes, in one line. */
export function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') return 'another program listens on this PORT already';
  if (code === 'EACCES') return `${error.message}: choose another PORT or folder`;
  if (error instanceof AggregateError && error.message === '') return error.errors.map(reason).join('; ');
  const cause = error.cause instanceof Error ? ` (${reason(error.cause)})` : '';
  return `${error.message}${cause}`;
}
