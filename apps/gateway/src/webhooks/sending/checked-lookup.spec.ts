import { describe, expect, it } from '@jest/globals';
import { AddressRules } from './address-rules.js';
import { checkedLookup } from './checked-lookup.js';

const MIXED = [
  { address: '10.0.0.1', family: 4 },
  { address: '1.1.1.1', family: 4 },
  { address: '2606:4700:4700::1111', family: 6 },
];

describe('a checked lookup', () => {
  const lookup = checkedLookup(new AddressRules(), () => Promise.resolve(MIXED));

  it('gives every allowed address to a socket that tries them all', (done) => {
    lookup('mixed.example', { all: true }, (error, addresses) => {
      expect(error).toBeNull();
      expect(addresses).toEqual(MIXED.slice(1));
      done();
    });
  });

  it('gives the first allowed address to a socket that takes one', (done) => {
    lookup('mixed.example', {}, (error, address, family) => {
      expect([error, address, family]).toEqual([null, '1.1.1.1', 4]);
      done();
    });
  });
});
