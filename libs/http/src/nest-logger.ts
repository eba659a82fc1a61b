import type { LoggerService } from '@nestjs/common';
import type { Logger } from 'pino';

type Level = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace';

/** What Nest tells of each module and route that it loads: sixty lines at every start, of use to nobody who runs it. */
const LOADING: ReadonlySet<string | undefined> = new Set(['InstanceLoader', 'RoutesResolver', 'RouterExplorer']);

/** Lets Nest, and every `new Logger(Context.name)` of ours, write to the one log. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, ...parameters: unknown[]): void {
    this.write('info', message, parameters);
  }

  error(message: unknown, ...parameters: unknown[]): void {
    this.write('error', message, parameters);
  }

  warn(message: unknown, ...parameters: unknown[]): void {
    this.write('warn', message, parameters);
  }

  debug(message: unknown, ...parameters: unknown[]): void {
    this.write('debug', message, parameters);
  }

  verbose(message: unknown, ...parameters: unknown[]): void {
    this.write('trace', message, parameters);
  }

  fatal(message: unknown, ...parameters: unknown[]): void {
    this.write('fatal', message, parameters);
  }

  /** Nest's convention: the context comes last; an error's stack may come before it, or an error as a parameter. */
  private write(level: Level, message: unknown, parameters: unknown[]): void {
    const rest = [...parameters];
    const last = rest.at(-1);
    const context = typeof last === 'string' && !last.includes('\n') ? (rest.pop() as string) : undefined;
    const err = [message, ...rest].find((item) => item instanceof Error);
    const stack = rest.find((item) => typeof item === 'string');
    const fields = Object.assign({}, ...rest.filter(isPlain), isPlain(message) ? message : {}) as object;
    this.logger[level === 'info' && LOADING.has(context) ? 'debug' : level](
      { ...fields, context, ...(err ? { err } : stack ? { stack } : {}) },
      textOf(message),
    );
  }
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !(value instanceof Error);
}

function textOf(message: unknown): string | undefined {
  if (message instanceof Error) return message.message;
  return typeof message === 'string' ? message : undefined;
}
