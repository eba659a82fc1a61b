import { afterEach, describe, expect, it } from '@jest/globals';
import { guardProcess } from './process-guard.js';

describe('guardProcess', () => {
  let remove: () => void = () => undefined;

  afterEach(() => remove());

  it('logs a rejection that nobody handles at error, without the data of the error', () => {
    const lines: [object, string][] = [];
    const ignore = (): void => undefined;
    const error = (facts: object, message: string): void => void lines.push([facts, message]);
    remove = guardProcess({ debug: ignore, info: ignore, warn: ignore, error });
    const reason = Object.assign(new Error('undecryptable'), { data: 'a stanza' });
    process.emit('unhandledRejection', reason, Promise.resolve());
    expect(lines).toMatchObject([[{ err: { message: 'undecryptable' } }, expect.stringContaining('rejected')]]);
    expect(JSON.stringify(lines)).not.toContain('a stanza');
  });

  it('is gone once removed', () => {
    const before = process.listenerCount('unhandledRejection');
    const ignore = (): void => undefined;
    remove = guardProcess({ debug: ignore, info: ignore, warn: ignore, error: ignore });
    expect(process.listenerCount('unhandledRejection')).toBe(before + 1);
    remove();
    expect(process.listenerCount('unhandledRejection')).toBe(before);
  });
});
