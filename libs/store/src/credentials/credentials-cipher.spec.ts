import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { sessionPlace } from './credential-place.js';
import { CredentialsCipher } from './credentials-cipher.js';
import { CredentialsKeyRing } from './credentials-key-ring.js';
import { CredentialsUnreadableError } from './credentials-unreadable.error.js';

const PLACE = sessionPlace('s', 'session', '15550000001.0');
const SECRET = Buffer.from('the private key of a session');
const OLD = randomBytes(32);
const NEW = randomBytes(32);
const cipher = (current: Buffer, previous?: Buffer): CredentialsCipher =>
  new CredentialsCipher(new CredentialsKeyRing(current, previous));

describe('the cipher of stored credentials', () => {
  it('gives back what was sealed, the empty value included', () => {
    for (const value of [SECRET, Buffer.alloc(0)]) {
      expect(cipher(OLD).open(PLACE, cipher(OLD).seal(PLACE, value))).toEqual(value);
    }
  });

  it('never seals twice alike and shows nothing of the value', () => {
    const [one, other] = [cipher(OLD).seal(PLACE, SECRET), cipher(OLD).seal(PLACE, SECRET)];
    expect(one.value).not.toEqual(other.value);
    expect(one.value.subarray(0, 12)).not.toEqual(other.value.subarray(0, 12));
    expect(one.value.includes(SECRET.subarray(0, 8))).toBe(false);
  });

  it('reads what the previous key sealed, and seals with the current one', () => {
    const sealed = cipher(OLD).seal(PLACE, SECRET);
    expect(cipher(NEW, OLD).open(PLACE, sealed)).toEqual(SECRET);
    expect(cipher(NEW, OLD).seal(PLACE, SECRET).keyId).toBe(new CredentialsKeyRing(NEW).current.id);
  });

  it('refuses a value whose key is not configured', () => {
    const sealed = cipher(OLD).seal(PLACE, SECRET);
    expect(() => cipher(NEW).open(PLACE, sealed)).toThrow(CredentialsUnreadableError);
    expect(() => cipher(NEW).open(PLACE, sealed)).toThrow(/key [0-9a-f]{8}, which is not configured/);
  });

  it.each([
    sessionPlace('other', PLACE.kind, PLACE.id),
    { ...PLACE, kind: 'pre-key' },
    { ...PLACE, id: '15550000002.0' },
    sessionPlace('s', 'session","15550000001.0', ''),
  ])('refuses a value that was moved to %j', (place) => {
    expect(() => cipher(OLD).open(place, cipher(OLD).seal(PLACE, SECRET))).toThrow(CredentialsUnreadableError);
  });

  it('refuses a value of which any part was changed or cut off', () => {
    const sealed = cipher(OLD).seal(PLACE, SECRET);
    for (const at of [0, 12, 28, sealed.value.length - 1]) {
      const value = Buffer.from(sealed.value);
      value[at] = (value[at] ?? 0) ^ 1;
      expect(() => cipher(OLD).open(PLACE, { ...sealed, value })).toThrow(CredentialsUnreadableError);
    }
    for (const length of [0, 11, 20, 27]) {
      const value = sealed.value.subarray(0, length);
      expect(() => cipher(OLD).open(PLACE, { ...sealed, value })).toThrow(CredentialsUnreadableError);
    }
  });

  it('takes keys of 32 bytes only', () => {
    expect(() => new CredentialsKeyRing(randomBytes(31))).toThrow('32 bytes');
  });
});
