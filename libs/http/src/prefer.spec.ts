import { describe, expect, it } from '@jest/globals';
import { prefersRepresentation } from './prefer.js';

describe('Prefer', () => {
  it.each([
    'return=representation',
    'RETURN=Representation',
    ' return = representation ',
    'return="representation"',
    'respond-async, wait=10, return=representation',
    'handling="a, return=minimal", return=representation',
    'return=representation; strict',
    'return=representation, return=minimal',
  ])('asks for the outcome with `%s`', (header) => {
    expect(prefersRepresentation(header)).toBe(true);
  });

  it.each([
    undefined,
    '',
    'return',
    'return=minimal',
    'return=minimal, return=representation',
    'returns=representation',
    'x-return=representation',
    'return=representations',
    'wait=1; return=representation',
    'note="return=representation"',
  ])('does not with `%s`', (header) => {
    expect(prefersRepresentation(header)).toBe(false);
  });
});
