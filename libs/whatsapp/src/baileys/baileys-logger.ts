/** As much of pino as the adapter needs. */
export interface BaileysLogger {
  debug(facts: object, message: string): void;
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

/** The shape in which Baileys wants its logger. */
export interface BaileysOwnLogger {
  level: string;
  child(bindings: Record<string, unknown>): BaileysOwnLogger;
  trace(facts: unknown, message?: string): void;
  debug(facts: unknown, message?: string): void;
  info(facts: unknown, message?: string): void;
  warn(facts: unknown, message?: string): void;
  error(facts: unknown, message?: string): void;
}

/**
 * What Baileys logs, without what it logs of it: its objects hold whole stanzas, keys and message contents. Only the
 * text and an error's name, message and code pass, and no louder than `debug` unless Baileys calls it an error.
 */
export function loggerForBaileys(logger: BaileysLogger, sessionId: string): BaileysOwnLogger {
  const drop = (): void => undefined;
  const pass = (level: 'debug' | 'warn') => (facts: unknown, message?: string) =>
    logger[level]({ sessionId, ...errorIn(facts) }, `baileys: ${message ?? (typeof facts === 'string' ? facts : '')}`);
  const own: BaileysOwnLogger = {
    // Baileys composes expensive texts when this says `trace` or `debug`.
    level: 'warn',
    child: () => own,
    trace: drop,
    debug: drop,
    info: drop,
    warn: pass('debug'),
    error: pass('warn'),
  };
  return own;
}

/** An error without its data, which may be a stanza. */
export function summaryOf(error: unknown): { name: string; message: string; code?: number } {
  if (!(error instanceof Error)) return { name: typeof error, message: typeof error === 'number' ? String(error) : '' };
  const { name, message } = error;
  const code = 'data' in error && typeof error.data === 'number' ? error.data : undefined;
  return { name, message, ...(code !== undefined && { code }) };
}

function errorIn(facts: unknown): { err?: object } {
  if (typeof facts !== 'object' || facts === null) return {};
  const error = Object.values(facts).find((value) => value instanceof Error);
  return error === undefined ? {} : { err: summaryOf(error) };
}
