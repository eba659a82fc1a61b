import { beforeEach, describe, expect, it } from '@jest/globals';
import { createLogger } from './logger.js';
import { NestLogger } from './nest-logger.js';

const lines: Record<string, unknown>[] = [];
const logger = new NestLogger(
  createLogger(
    { logLevel: 'trace' },
    { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
  ),
);

describe('NestLogger', () => {
  beforeEach(() => {
    lines.length = 0;
  });

  it('writes a message with its context', () => {
    logger.log('ready', 'Gateway');
    expect(lines).toEqual([expect.objectContaining({ level: 'info', msg: 'ready', context: 'Gateway' })]);
  });

  it('leaves the routes that Nest loads to those who look closer', () => {
    logger.log('Mapped {/x, GET} route', 'RouterExplorer');
    logger.warn('odd', 'RouterExplorer');
    expect(lines.map(({ level }) => level)).toEqual(['debug', 'warn']);
  });

  it('writes the facts of an object as fields', () => {
    logger.warn({ msg: 'slow', sessionId: '01' }, 'Session');
    expect(lines).toEqual([
      expect.objectContaining({ level: 'warn', msg: 'slow', sessionId: '01', context: 'Session' }),
    ]);
  });

  it('writes an error with its stack and causes', () => {
    logger.error(new Error('outer', { cause: new Error('inner') }));
    expect(lines[0]).toMatchObject({ level: 'error', msg: 'outer' });
    expect(JSON.stringify(lines[0]?.['err'])).toContain('inner');
  });

  it('keeps a stack that Nest passes as text', () => {
    logger.error('failed', 'Error: x\n    at y', 'Injector');
    expect(lines).toEqual([
      expect.objectContaining({ msg: 'failed', stack: 'Error: x\n    at y', context: 'Injector' }),
    ]);
  });
});
