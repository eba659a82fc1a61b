const METHODS = ['log', 'info', 'warn', 'error', 'debug', 'trace', 'dir'] as const;
const LIBSIGNAL = /[\\/]node_modules[\\/]libsignal[\\/]/;
const quiet = new WeakSet<Console>();

/**
 * libsignal writes whole session records, private ratchet keys included, to the console. What its files print is
 * dropped; what anybody else prints goes through unchanged. Calling it again changes nothing.
 */
export function quietLibsignal(target: Console = globalThis.console): void {
  if (quiet.has(target)) return;
  quiet.add(target);
  for (const method of METHODS) {
    const print = target[method].bind(target) as (...args: unknown[]) => void;
    const filtered = (...args: unknown[]): void => {
      if (!LIBSIGNAL.test(callerOf(filtered))) print(...args);
    };
    target[method] = filtered;
  }
}

/** The frame that called `callee`. */
function callerOf(callee: (...args: unknown[]) => void): string {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 1;
  const at: { stack?: string } = {};
  Error.captureStackTrace(at, callee);
  Error.stackTraceLimit = limit;
  return at.stack ?? '';
}
