import { describe, expect, it } from '@jest/globals';
import { createLogger } from './logger.js';

function logged(err: unknown): string {
  let line = '';
  createLogger({ logLevel: 'info' }, { write: (text) => (line += text) }).error({ err }, 'failed');
  return line;
}

describe('an error in the log', () => {
  it('says what, where and why, with its causes', () => {
    const cause = Object.assign(new TypeError('no route'), { code: 'EHOSTUNREACH' });
    expect(JSON.parse(logged(new Error('not stored', { cause })))).toMatchObject({
      err: {
        type: 'Error',
        message: 'not stored',
        stack: expect.stringContaining('loggable-error.spec'),
        cause: { type: 'TypeError', message: 'no route', code: 'EHOSTUNREACH' },
      },
    });
  });

  it('keeps nothing that a library hung on it', () => {
    const cause = Object.assign(new Error('broke'), { client: { password: 'hidden' }, parameters: ['hidden'] });
    const error = Object.assign(new Error('failed', { cause }), { query: "select 'hidden'", data: { key: 'hidden' } });
    expect(logged(error)).not.toContain('hidden');
  });

  it('ends where causes go in a circle', () => {
    const error: Error = new Error('round');
    error.cause = error;
    expect(logged(error)).toContain('round');
  });
});
