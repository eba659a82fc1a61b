import { describe, expect, it } from '@jest/globals';
import { QrLifetimes } from './qr-lifetimes.js';

describe('QrLifetimes', () => {
  it('gives the first code a minute and those that follow twenty seconds', () => {
    const lifetimes = new QrLifetimes(undefined);
    expect([lifetimes.next(0), lifetimes.next(60_000), lifetimes.next(80_000)]).toEqual([60_000, 80_000, 100_000]);
  });

  it('gives all codes the same where that was asked for', () => {
    const lifetimes = new QrLifetimes(5_000);
    expect([lifetimes.next(0), lifetimes.next(5_000)]).toEqual([5_000, 10_000]);
    expect(lifetimes.lastExpiry(6, 0)).toBe(30_000);
  });

  it('lets a pairing code live for 160 seconds with the six references that WhatsApp gives', () => {
    expect(new QrLifetimes(undefined).lastExpiry(6, 0)).toBe(160_000);
  });
});
