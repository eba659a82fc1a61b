import { EventEmitter, once } from 'node:events';
import type { BaileysLogger } from '../baileys-logger.js';

export interface LogLine {
  level: 'debug' | 'info' | 'warn' | 'error';
  facts: object;
  message: string;
}

/** A logger that keeps what it is told, and can be waited on. */
export class LogRecorder implements BaileysLogger {
  readonly lines: LogLine[] = [];
  private readonly emitter = new EventEmitter();

  debug(facts: object, message: string): void {
    this.add({ level: 'debug', facts, message });
  }

  info(facts: object, message: string): void {
    this.add({ level: 'info', facts, message });
  }

  warn(facts: object, message: string): void {
    this.add({ level: 'warn', facts, message });
  }

  error(facts: object, message: string): void {
    this.add({ level: 'error', facts, message });
  }

  /** Once a line with this message was written. */
  async until(message: string): Promise<void> {
    while (!this.lines.some((line) => line.message === message)) await once(this.emitter, 'line');
  }

  private add(line: LogLine): void {
    this.lines.push(line);
    this.emitter.emit('line');
  }
}
