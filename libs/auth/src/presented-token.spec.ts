import { describe, expect, it } from '@jest/globals';
import type { IncomingMessage } from 'node:http';
import { presentedJwt, presentedToken } from './presented-token.js';

function request(headers: IncomingMessage['headers']): IncomingMessage {
  return { headers } as IncomingMessage;
}

describe('presentedToken', () => {
  it('reads the bearer token, whatever the case of the scheme', () => {
    expect(presentedToken(request({ authorization: 'Bearer abc' }))).toBe('abc');
    expect(presentedToken(request({ authorization: 'bearer   abc' }))).toBe('abc');
  });

  it('reads an api-key from x-api-key, and nothing else from there', () => {
    expect(presentedToken(request({ 'x-api-key': 'wa_abc' }))).toBe('wa_abc');
    expect(presentedToken(request({ 'x-api-key': 'eyJhbGciOiJub25lIn0' }))).toBeUndefined();
  });

  it.each([
    ['Bearer other', 'other'],
    ['Basic abc', undefined],
    ['', undefined],
    ['Bearer', undefined],
    ['Bearer a b', undefined],
  ])('lets Authorization: %p decide when both are sent', (authorization, token) => {
    expect(presentedToken(request({ authorization, 'x-api-key': 'wa_abc' }))).toBe(token);
  });
});

describe('presentedJwt', () => {
  it('is null for an api-key and for nothing', () => {
    expect(presentedJwt(request({ authorization: 'Bearer wa_abc' }))).toBeNull();
    expect(presentedJwt(request({}))).toBeNull();
    expect(presentedJwt(request({ authorization: 'Bearer eyJ' }))).toBe('eyJ');
  });
});
