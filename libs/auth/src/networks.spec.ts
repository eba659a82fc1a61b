import { describe, expect, it } from '@jest/globals';
import { containsNetwork, isCidr, Networks } from './networks.js';

describe('Networks', () => {
  const networks = new Networks(['203.0.113.0/24', '2001:db8::/32', '::ffff:198.51.100.0/120']);

  it.each([['203.0.113.7'], ['::ffff:203.0.113.7'], ['2001:db8::1'], ['198.51.100.9'], ['::ffff:198.51.100.9']])(
    'include %s',
    (address) => {
      expect(networks.includes(address)).toBe(true);
    },
  );

  it.each([['203.0.114.7'], ['::ffff:203.0.114.7'], ['2001:db9::1'], ['198.51.101.9'], ['::1'], [''], ['unknown']])(
    'do not include %p',
    (address) => {
      expect(networks.includes(address)).toBe(false);
    },
  );

  it('include nothing when there are none', () => {
    expect(new Networks([]).includes('127.0.0.1')).toBe(false);
  });
});

describe('containsNetwork', () => {
  it.each([
    ['10.0.0.0/8', '10.1.0.0/16', true],
    ['10.0.0.0/8', '10.0.0.0/8', true],
    ['10.1.0.0/16', '10.0.0.0/8', false],
    ['10.0.0.0/8', '11.0.0.0/16', false],
    ['0.0.0.0/0', '2001:db8::/32', false],
    ['10.0.0.0/8', '::ffff:10.1.0.0/112', true],
    ['::/0', '::ffff:10.1.0.0/112', false],
  ])('%s contains %s: %p', (outer, inner, expected) => {
    expect(containsNetwork(outer, inner)).toBe(expected);
  });
});

describe('isCidr', () => {
  it.each([
    ['10.0.0.0/8', true],
    ['::/0', true],
    ['10.0.0.0', false],
    ['10.0.0.0/33', false],
    ['010.0.0.0/8', false],
    ['0x0a.0.0.0/8', false],
    ['10/8', false],
    ['x/8', false],
    ['', false],
  ])('%p: %p', (text, expected) => {
    expect(isCidr(text)).toBe(expected);
  });
});
