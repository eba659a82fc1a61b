import { PassThrough } from 'node:stream';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { askSecretly } from './ask-secretly.js';

describe('a secret question', () => {
  let input: PassThrough;
  let output: PassThrough;
  const shown = (): string => String(output.read() ?? '');

  beforeEach(() => {
    input = new PassThrough();
    output = new PassThrough();
  });

  it('is shown; what is typed is not', async () => {
    const asking = askSecretly(['Passphrase: '], { input, output });
    input.write('hunter2\r');
    expect(await asking).toEqual(['hunter2']);
    expect(shown()).toBe('Passphrase: \n');
  });

  it('is followed by the next one, also when both answers are pasted at once', async () => {
    const asking = askSecretly(['One: ', 'Two: '], { input, output });
    input.write('first\rsecond\r');
    expect(await asking).toEqual(['first', 'second']);
    expect(shown()).toBe('One: \nTwo: \n');
  });

  it('takes back what is deleted', async () => {
    const asking = askSecretly(['Passphrase: '], { input, output });
    input.write('hunter3\u007f2\r');
    expect(await asking).toEqual(['hunter2']);
  });

  it.each([
    ['Ctrl-C', '\u0003', 'interrupted'],
    ['Ctrl-D', '\u0004', 'no passphrase was given'],
  ])('has no answer after %s', async (_, key, message) => {
    const asking = askSecretly(['Passphrase: '], { input, output });
    input.write(key);
    await expect(asking).rejects.toThrow(message);
  });

  it('has no answer when the input ends', async () => {
    const asking = askSecretly(['Passphrase: '], { input, output });
    input.end();
    await expect(asking).rejects.toThrow('no passphrase was given');
  });
});
