import { afterEach, describe, expect, it } from '@jest/globals';
import { Curve, WA_CERT_DETAILS } from '@whiskeysockets/baileys';
import { checkSignatures, trustRoot } from './trust.js';

const ROOT = 'ab'.repeat(32);
const WHATSAPP_ROOT = Buffer.from(WA_CERT_DETAILS.PUBLIC_KEY);

afterEach(() => {
  checkSignatures(true);
  trustRoot(undefined, undefined);
});

describe('§9.10: Baileys does not check signatures', () => {
  const { public: key } = Curve.generateKeyPair();
  const forged = Buffer.alloc(64, 1);

  it('does so once repaired', () => {
    checkSignatures(true);
    expect(Curve.verify(key, Buffer.from('message'), forged)).toBe(false);
  });

  it('accepts anything again for an operator who turned the check off', () => {
    checkSignatures(false);
    expect(Curve.verify(key, Buffer.from('message'), forged)).toBe(true);
  });
});

describe('§9.11: a root key of its own', () => {
  it.each(['ws://127.0.0.1:4000/ws/chat', 'ws://localhost:4000/ws/chat', 'ws://[::1]/', 'wss://127.8.9.10/'])(
    'is trusted for %s',
    (url) => {
      trustRoot(ROOT, url);
      expect(WA_CERT_DETAILS.PUBLIC_KEY).toEqual(Buffer.from(ROOT, 'hex'));
    },
  );

  it.each([
    undefined,
    'wss://web.whatsapp.com/ws/chat',
    'ws://127.0.0.1.evil.example/',
    'ws://localhost.evil.example/',
    'ws://10.0.0.1/',
    'ws://127.0.0.1@evil.example/',
  ])('is refused for %s, and the trusted one stays', (url) => {
    expect(() => trustRoot(ROOT, url)).toThrow('loopback');
    expect(WA_CERT_DETAILS.PUBLIC_KEY).toEqual(WHATSAPP_ROOT);
  });

  it('must be a key', () => {
    expect(() => trustRoot('abcd', 'ws://127.0.0.1/')).toThrow('64 hexadecimal digits');
  });

  it('without one, WhatsApp is trusted again', () => {
    trustRoot(ROOT, 'ws://127.0.0.1/');
    trustRoot(undefined, 'ws://127.0.0.1/');
    expect(WA_CERT_DETAILS.PUBLIC_KEY).toEqual(WHATSAPP_ROOT);
  });
});
