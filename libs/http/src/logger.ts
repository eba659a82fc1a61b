import { type DestinationStream, type Logger, pino } from 'pino';
import type { GatewayConfig } from '#config';
import { loggableError } from './loggable-error.js';

const STDERR = 2;

/**
 * JSON lines on stderr: stdout is left to what a person started the gateway to read. Written in the background, so that a
 * slow reader of the log does not slow requests down.
 */
export function createLogger(config: Pick<GatewayConfig, 'logLevel'>, stream?: DestinationStream): Logger {
  const options = {
    level: config.logLevel,
    base: undefined,
    formatters: { level: levelName },
    serializers: { err: (error: unknown) => loggableError(error) },
  };
  return pino(options, stream ?? pino.destination({ dest: STDERR, sync: false }));
}

function levelName(label: string): { level: string } {
  return { level: label };
}
