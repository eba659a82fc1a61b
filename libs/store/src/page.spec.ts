import { describe, expect, it } from '@jest/globals';
import { ValidationError } from '#errors';
import { newId } from './new-id.js';
import { pageOf, rowsFor, startOf } from './page.js';

const rows = (count: number): { id: string }[] => Array.from({ length: count }, () => ({ id: newId() }));

describe('pages', () => {
  it('starts at the beginning without a cursor', () => {
    expect(startOf({})).toBe('');
    expect(startOf({ cursor: '' })).toBe('');
  });

  it('goes on after the last row that was shown', () => {
    const stored = rows(3);
    const page = pageOf(stored, { limit: 2 });
    expect(page.data).toEqual(stored.slice(0, 2));
    expect(startOf({ cursor: page.nextCursor })).toBe(stored[1]?.id);
  });

  it('has an empty cursor on the last page, also when it is full', () => {
    expect(pageOf(rows(2), { limit: 2 }).nextCursor).toBe('');
    expect(pageOf([], { limit: 2 })).toEqual({ data: [], nextCursor: '' });
  });

  it('holds everything without a limit', () => {
    expect(rowsFor({})).toBeNull();
    expect(pageOf(rows(2_000), {})).toMatchObject({ data: { length: 2_000 }, nextCursor: '' });
  });

  it('accepts cursors of ids with a prefix', () => {
    const id = `key_${newId()}`;
    const { nextCursor } = pageOf([{ id }, { id: 'key_next' }], { limit: 1 });
    expect(startOf({ cursor: nextCursor })).toBe(id);
  });

  it.each([
    'x',
    'not a cursor',
    Buffer.from("' or 1=1").toString('base64url'),
    Buffer.from(`evt_${newId()}`).toString('base64url'),
    `${Buffer.from(newId()).toString('base64url')}=`,
    Buffer.from(`${newId()}\0`).toString('base64url'),
  ])('refuses %j as a cursor, naming the field', (cursor) => {
    expect(() => startOf({ cursor })).toThrow(ValidationError);
    expect(() => startOf({ cursor })).toThrow(/^cursor: /);
  });
});
