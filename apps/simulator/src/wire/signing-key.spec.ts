import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { Curve } from '@whiskeysockets/baileys';
import curve from 'libsignal/src/curve.js';
import { isSignedBy, SigningKey } from './signing-key.js';

const prefixed = (key: Uint8Array): Buffer => Buffer.concat([Buffer.of(5), key]);

describe('a signing key', () => {
  it.each(Array.from({ length: 8 }, (_, index) => index))('makes signatures that libsignal accepts (%i)', () => {
    const key = new SigningKey();
    const message = randomBytes(40);
    const signature = key.sign(message);
    expect(curve.verifySignature(prefixed(key.public), message, signature)).toBe(true);
    expect(curve.verifySignature(prefixed(key.public), randomBytes(40), signature)).toBe(false);
  });

  it('is the X25519 key of its scalar', () => {
    const key = new SigningKey();
    const other = Curve.generateKeyPair();
    const shared = Curve.sharedKey(key.scalar, other.public);
    expect(Curve.sharedKey(other.private as Buffer, key.public)).toEqual(shared);
  });

  it('is the same for the same seed', () => {
    const seed = randomBytes(32);
    expect(new SigningKey(seed).public).toEqual(new SigningKey(seed).public);
  });
});

describe('checking a signature', () => {
  it.each(Array.from({ length: 8 }, (_, index) => index))('accepts what libsignal signed (%i)', () => {
    const key = Curve.generateKeyPair();
    const message = randomBytes(33);
    expect(isSignedBy(key.public, message, Curve.sign(key.private, message))).toBe(true);
  });

  it('refuses another message, another key, a flipped bit and malformed bytes', () => {
    const key = new SigningKey();
    const message = randomBytes(33);
    const signature = key.sign(message);
    const flipped = Buffer.from(signature);
    flipped[10] = (flipped[10] ?? 0) ^ 1;
    expect(isSignedBy(key.public, randomBytes(33), signature)).toBe(false);
    expect(isSignedBy(new SigningKey().public, message, signature)).toBe(false);
    expect(isSignedBy(key.public, message, flipped)).toBe(false);
    expect(isSignedBy(key.public, message, signature.subarray(1))).toBe(false);
    expect(isSignedBy(key.public, message, Buffer.alloc(64))).toBe(false);
  });
});
