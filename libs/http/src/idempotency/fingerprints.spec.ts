import { describe, expect, it } from '@jest/globals';
import type { Request } from 'express';
import { requestHash, routeHash } from './fingerprints.js';

const request = (parts: object): Request =>
  ({
    method: 'POST',
    route: { path: '/groups/:gid' },
    params: { gid: '1@g.us' },
    query: {},
    ...parts,
  }) as unknown as Request;

describe('the fingerprint of a route', () => {
  const usual = routeHash(request({}));

  it('differs by method, by route and by what the path names', () => {
    for (const other of [{ method: 'PUT' }, { route: { path: '/groups/:gid/x' } }, { params: { gid: '2@g.us' } }]) {
      expect(routeHash(request(other))).not.toEqual(usual);
    }
  });

  it('does not differ by body or query', () => {
    expect(routeHash(request({ body: { a: 1 }, query: { b: '2' } }))).toEqual(usual);
  });
});

describe('the fingerprint of a request', () => {
  it('does not differ by the order of fields, at any depth, or by an empty body left out', () => {
    const one = requestHash(request({ body: { a: 1, b: { c: [{ d: 1, e: 2 }], f: null } } }));
    expect(requestHash(request({ body: { b: { f: null, c: [{ e: 2, d: 1 }] }, a: 1 } }))).toEqual(one);
    expect(requestHash(request({ body: {} }))).toEqual(requestHash(request({})));
  });

  it('differs by any value, by the order of a list, and by the query', () => {
    const bodies = [{ a: 1 }, { a: '1' }, { a: null }, {}, { a: [1, 2] }, { a: [2, 1] }, { b: 1 }];
    const hashes = bodies.map((body) => requestHash(request({ body })).toString('hex'));
    const asked = requestHash(request({ body: {}, query: { identifier: 'x' } })).toString('hex');
    expect(new Set([...hashes, asked]).size).toBe(bodies.length + 1);
  });

  it('is of the bytes where the body is no JSON', () => {
    const picture = requestHash(request({ body: Buffer.from([1, 2, 3]) }));
    expect(requestHash(request({ body: Buffer.from([1, 2, 3]) }))).toEqual(picture);
    expect(requestHash(request({ body: Buffer.from([1, 2, 4]) }))).not.toEqual(picture);
  });
});
