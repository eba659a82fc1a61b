import { describe, expect, it } from '@jest/globals';
import { ConfigError } from '#config';
import { bootFailure } from './boot-failure.js';

describe('bootFailure', () => {
  it('names every bad variable on a line of its own', () => {
    const problems = [
      { variable: 'PORT', message: 'must be a port' },
      { variable: 'LOG_LEVEL', message: 'must be a level' },
    ];
    expect(bootFailure(new ConfigError(problems)).split('\n').slice(1)).toEqual([
      'PORT: must be a port',
      'LOG_LEVEL: must be a level',
    ]);
  });

  it('says that the port is taken', () => {
    expect(bootFailure(Object.assign(new Error('listen'), { code: 'EADDRINUSE' }))).toMatch(/another program listens/);
  });

  it('tells the causes in one line', () => {
    const refused = new AggregateError([new Error('refused on ::1'), new Error('refused on 127.0.0.1')], '');
    expect(bootFailure(new Error('no database', { cause: refused }))).toBe(
      'The gateway cannot start: no database (refused on ::1; refused on 127.0.0.1)',
    );
  });
});
