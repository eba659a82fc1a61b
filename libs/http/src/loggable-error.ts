import { types } from 'node:util';

const DEEPEST_CAUSE = 5;

/**
 * What the log keeps of an error: its own words, and those of its causes. Libraries hang whole connections, statements
 * and their values on their errors, secrets among them. What is no error passes as it is.
 */
export function loggableError(error: unknown, depth = 0): unknown {
  if (!types.isNativeError(error)) return error;
  const { name, message, stack, cause } = error;
  const code = 'code' in error && ['string', 'number'].includes(typeof error.code) ? error.code : undefined;
  return {
    type: name,
    message,
    ...(code !== undefined && { code }),
    stack,
    ...(types.isNativeError(cause) && depth < DEEPEST_CAUSE && { cause: loggableError(cause, depth + 1) }),
  };
}
