import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { VARIABLES } from './variables.js';

const README = join(import.meta.dirname, '..', '..', '..', 'README.md');

describe('the configuration table of the README', () => {
  it('has every variable, with its default and description, and no other', async () => {
    const rows = (await readFile(README, 'utf8')).split('\n').filter((line) => /^\| `[A-Z_]+` \|/.test(line));
    expect(rows).toEqual(
      VARIABLES.map(({ name, default: fallback, description }) => {
        return `| \`${name}\` | ${fallback === '' ? '' : `\`${fallback}\``} | ${description} |`;
      }),
    );
  });
});
