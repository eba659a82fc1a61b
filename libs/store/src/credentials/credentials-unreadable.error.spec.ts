import { describe, expect, it } from '@jest/globals';
import { CredentialsUnreadableError as UnreadableCredentials } from '#whatsapp';
import { sessionPlace } from './credential-place.js';
import { CredentialsUnreadableError } from './credentials-unreadable.error.js';

describe('CredentialsUnreadableError', () => {
  it('is the one by which a connection tells credentials that nobody can read from a database that is away', () => {
    const error = new CredentialsUnreadableError(
      sessionPlace('01J0000000000000000000000A', 'creds', ''),
      'abcdef01',
      true,
    );
    expect(error).toBeInstanceOf(UnreadableCredentials);
    expect(error.message).toContain('creds) of session 01J0000000000000000000000A');
  });
});
