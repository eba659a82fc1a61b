import { describe, expect, it } from '@jest/globals';
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { Curve } from '@whiskeysockets/baileys';
import { verifyXEdDSA } from './xeddsa.js';

const MESSAGES = Array.from({ length: 12 }, (_, index) => randomBytes(index * 7));

describe('verifyXEdDSA', () => {
  it('accepts what libsignal signs, under keys of 32 bytes and of 33', () => {
    for (const message of MESSAGES) {
      const pair = Curve.generateKeyPair();
      const signature = Curve.sign(pair.private, message.length === 0 ? Buffer.from([0]) : message);
      const signed = message.length === 0 ? Buffer.from([0]) : message;
      expect(verifyXEdDSA(pair.public, signed, signature)).toBe(true);
      expect(verifyXEdDSA(Buffer.concat([Buffer.from([5]), pair.public]), signed, signature)).toBe(true);
    }
  });

  it('refuses a signature with any bit changed, the sign bit included', () => {
    const pair = Curve.generateKeyPair();
    const message = randomBytes(64);
    const signature = Buffer.from(Curve.sign(pair.private, message));
    for (const [byte, bit] of [
      [0, 1],
      [31, 128],
      [32, 1],
      [63, 64],
      [63, 128],
    ] as const) {
      const forged = Buffer.from(signature);
      forged.writeUInt8(forged.readUInt8(byte) ^ bit, byte);
      expect(verifyXEdDSA(pair.public, message, forged)).toBe(false);
    }
  });

  it('refuses another message and another key', () => {
    const pair = Curve.generateKeyPair();
    const signature = Curve.sign(pair.private, Buffer.from('one'));
    expect(verifyXEdDSA(pair.public, Buffer.from('two'), signature)).toBe(false);
    expect(verifyXEdDSA(Curve.generateKeyPair().public, Buffer.from('one'), signature)).toBe(false);
  });

  it('refuses what is malformed instead of throwing', () => {
    const { public: key } = Curve.generateKeyPair();
    const message = Buffer.from('message');
    expect(verifyXEdDSA(key, message, Buffer.alloc(64))).toBe(false);
    expect(verifyXEdDSA(key, message, Buffer.alloc(63))).toBe(false);
    expect(verifyXEdDSA(Buffer.alloc(31), message, Buffer.alloc(64))).toBe(false);
    expect(verifyXEdDSA(Buffer.alloc(0), message, Buffer.alloc(0))).toBe(false);
    // u = -1 has no Edwards form.
    const minusOne = Buffer.from((2n ** 255n - 20n).toString(16).padStart(64, '0'), 'hex').reverse();
    expect(verifyXEdDSA(minusOne, message, Buffer.alloc(64, 1))).toBe(false);
  });

  it('is not satisfied by an Ed25519 signature of somebody else', () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    const message = Buffer.from('message');
    expect(verifyXEdDSA(Curve.generateKeyPair().public, message, sign(null, message, privateKey))).toBe(false);
  });
});
