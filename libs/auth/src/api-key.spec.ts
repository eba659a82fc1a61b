import { describe, expect, it } from '@jest/globals';
import { newApiKey, parseApiKey } from './api-key.js';

describe('an api-key', () => {
  it('names where it is stored and holds 256 random bits', () => {
    const { id, secret } = newApiKey();
    expect(secret).toMatch(/^wa_[0-9A-Z]{26}_[\w-]{43}$/);
    expect(id).toBe(`key_${secret.slice(3, 29)}`);
    expect(newApiKey().secret).not.toBe(secret);
  });

  it('is stored as a hash that the presented key has too', () => {
    const { id, secret, hash } = newApiKey();
    expect(parseApiKey(secret)).toEqual({ id, hash });
    expect(hash).toHaveLength(32);
  });

  it('has another hash when one character differs', () => {
    const { secret, hash } = newApiKey();
    const other = secret.slice(0, -1) + (secret.endsWith('A') ? 'B' : 'A');
    expect(parseApiKey(other)?.hash).not.toEqual(hash);
  });

  it.each([
    [''],
    ['wa_'],
    ['wa_x_y'],
    [`wa_${'8'.repeat(26)}_${'a'.repeat(43)}`],
    [`WA_${'0'.repeat(26)}_${'a'.repeat(43)}`],
  ])('is nothing like %p', (text) => {
    expect(parseApiKey(text)).toBeUndefined();
  });
});
