import { describe, expect, it } from '@jest/globals';
import type { ArgumentMetadata, Type } from '@nestjs/common';
import { type FieldError, ValidationError } from '#errors';
import { PageQuery } from './page.query.js';
import {
  Choice,
  Choices,
  Count,
  Flag,
  JidList,
  Moment,
  Nested,
  Phone,
  Text,
  TextList,
  TextMap,
} from './properties/index.js';
import { IgnoresUnknownFields } from './unknown-fields.js';
import { ValidationPipe } from './validation.pipe.js';

class Part {
  @Flag({ description: 'on' })
  on: boolean;
}

class Whole {
  @Text({ description: 'name', maxLength: 5 })
  name: string;

  @Text({ description: 'note', minLength: 0, optional: true, nullable: true })
  note?: string | null;

  @Count({ description: 'size', min: 1, max: 10, optional: true })
  size?: number;

  @Choice(['red', 'blue'], { description: 'colour', optional: true })
  colour?: string;

  @Choices(['read', 'send'], { description: 'capabilities', optional: true })
  capabilities?: string[];

  @JidList({ description: 'users', optional: true })
  participants?: string[];

  @TextList({
    description: 'words',
    maxItems: 2,
    check: (item) => (item === 'bad' ? 'is bad' : undefined),
    optional: true,
  })
  words?: string[];

  @Choices(['read', 'send'], { description: 'no two alike', unique: true, optional: true })
  different?: string[];

  @TextMap({
    description: 'notes',
    maxEntries: 2,
    nullableValues: true,
    checkName: (name, others) => (others.includes(name.toUpperCase()) ? 'is there twice' : undefined),
    check: (name, value) => (value === 'bad' ? `${name} is bad` : undefined),
    optional: true,
  })
  notes?: Record<string, string | null>;

  @Phone({ description: 'phone', optional: true })
  phone?: string;

  @Moment({ description: 'moment', optional: true })
  at?: number;

  @Nested(() => Part, { description: 'part', optional: true })
  part?: Part;
}

@IgnoresUnknownFields()
class Tolerant {
  @Text({ description: 'name' })
  name: string;

  @Nested(() => Part, { description: 'part', optional: true })
  part?: Part;
}

function apply(value: unknown, metatype: Type, type: ArgumentMetadata['type'] = 'body'): unknown {
  return new ValidationPipe().transform(value, { type, metatype });
}

function fieldsOf(value: unknown, metatype: Type = Whole, type: ArgumentMetadata['type'] = 'body'): FieldError[] {
  try {
    apply(value, metatype, type);
  } catch (error) {
    if (error instanceof ValidationError) return error.details['fields'] as FieldError[];
    throw error;
  }
  return [];
}

function pathsOf(value: unknown): string[] {
  return fieldsOf(value).map(({ path }) => path);
}

describe('ValidationPipe', () => {
  it('turns a body into its DTO', () => {
    const dto = apply({ name: 'Ann', size: 3, participants: ['6281234567890'] }, Whole);
    expect(dto).toBeInstanceOf(Whole);
    expect(dto).toEqual({ name: 'Ann', size: 3, participants: ['6281234567890'] });
  });

  it('names every offending field at once, unknown ones included', () => {
    expect(
      fieldsOf({ size: 11, colour: 'green', extra: 1, phone: '+1' })
        .map(({ path }) => path)
        .sort(),
    ).toEqual(['colour', 'extra', 'name', 'phone', 'size']);
  });

  it('names each bad item of a list by its place', () => {
    const participants = ['6281234567890@s.whatsapp.net', 'nobody', 7, '199789077627112@lid', '1@g.us'];
    expect(pathsOf({ name: 'Ann', participants })).toEqual(['participants[1]', 'participants[2]', 'participants[4]']);
    expect(fieldsOf({ name: 'Ann', words: ['ok', 'bad'] })).toEqual([{ path: 'words[1]', message: 'is bad' }]);
    expect(pathsOf({ name: 'Ann', capabilities: ['read', 'rule'] })).toEqual(['capabilities[1]']);
  });

  it('names a nested field by its whole path', () => {
    expect(fieldsOf({ name: 'Ann', part: { on: 'yes', off: 1 } })).toEqual([
      { path: 'part.off', message: 'is not a known field' },
      { path: 'part.on', message: 'must be true or false' },
    ]);
  });

  it('refuses an empty list, a list that is too long, and what is no list', () => {
    expect(fieldsOf({ name: 'Ann', participants: [] })).toEqual([
      { path: 'participants', message: 'must not be empty' },
    ]);
    expect(pathsOf({ name: 'Ann', words: ['a', 'b', 'c'] })).toEqual(['words']);
    expect(pathsOf({ name: 'Ann', participants: '6281234567890' })).toEqual(['participants']);
  });

  it.each([
    [undefined, 'is required'],
    [null, 'must not be null'],
    ['', 'must not be empty'],
    ['  ', 'must not be empty'],
    ['longer', 'must have at most 5 characters'],
    [7, 'must be a string'],
    ['a\0b', 'must not hold NUL characters or broken surrogate pairs'],
    ['a\ud800', 'must not hold NUL characters or broken surrogate pairs'],
  ])('refuses the text %p: %s', (name, message) => {
    expect(fieldsOf({ name })).toEqual([{ path: 'name', message }]);
  });

  it('counts characters, not the halves that an emoji is stored as', () => {
    expect(pathsOf({ name: '😀😀😀😀😀' })).toEqual([]);
  });

  it('takes null and empty text where the property allows them', () => {
    expect(apply({ name: 'Ann', note: null }, Whole)).toMatchObject({ note: null });
    expect(apply({ name: 'Ann', note: '' }, Whole)).toMatchObject({ note: '' });
  });

  it.each([[1.5], ['3'], [0], [11], [Number.NaN], [true]])('refuses %p as a count from 1 to 10', (size) => {
    expect(pathsOf({ name: 'Ann', size })).toEqual(['size']);
  });

  it.each([[-1], [1.5], ['1719400000000'], [8.7e15]])('refuses %p as a moment', (at) => {
    expect(pathsOf({ name: 'Ann', at })).toEqual(['at']);
  });

  it.each([[[]], ['text'], [null], [7]])('refuses %p as a body', (body) => {
    expect(fieldsOf(body)).toEqual([{ path: 'body', message: 'must be a JSON object' }]);
  });

  it.each(Object.getOwnPropertyNames(Object.prototype))('refuses %s, which every object has, as unknown', (name) => {
    const field = { path: name, message: 'is not a known field' };
    expect(fieldsOf(JSON.parse(`{"name":"Ann","${name}":{"x":1}}`))).toEqual([field]);
    expect(fieldsOf(JSON.parse(`{"limit":"1","${name}":"1"}`), PageQuery, 'query')).toEqual([field]);
  });

  it.each(Object.getOwnPropertyNames(Object.prototype))('refuses %s as the name of anything within', (name) => {
    const message = 'is not a known field';
    const within = (field: string): unknown => JSON.parse(`{"name":"Ann","${field}":{"${name}":"x"}}`);
    for (const field of ['part', 'notes']) {
      expect(fieldsOf(within(field))).toEqual([{ path: `${field}.${name}`, message }]);
    }
    expect(fieldsOf(JSON.parse(`{"name":"Ann","words":["x",{"${name}":"x"}]}`))).toEqual([
      { path: `words[1].${name}`, message },
    ]);
  });

  it('names each bad entry of a map', () => {
    expect(apply({ name: 'Ann', notes: { a: 'x', b: null } }, Whole)).toMatchObject({ notes: { a: 'x', b: null } });
    expect(fieldsOf({ name: 'Ann', notes: { a: 'bad', b: 7 } })).toEqual([
      { path: 'notes.a', message: 'a is bad' },
      { path: 'notes.b', message: 'must be a string' },
    ]);
    expect(fieldsOf({ name: 'Ann', notes: { a: 'x', A: 'y' } })).toEqual([
      { path: 'notes.a', message: 'is there twice' },
    ]);
    expect(fieldsOf({ name: 'Ann', notes: { a: 'x', b: 'y', c: 'z' } })).toEqual([
      { path: 'notes', message: 'must have at most 2 entries' },
    ]);
    for (const notes of [['x'], 'x', 7]) {
      expect(fieldsOf({ name: 'Ann', notes })).toEqual([{ path: 'notes', message: 'must be a JSON object' }]);
    }
  });

  it('refuses what comes twice in a list of different things', () => {
    expect(fieldsOf({ name: 'Ann', different: ['read', 'send', 'read'] })).toEqual([
      { path: 'different[2]', message: 'is given twice' },
    ]);
    expect(pathsOf({ name: 'Ann', capabilities: ['read', 'read'] })).toEqual([]);
  });

  it('reads numbers out of a query, and only there', () => {
    expect(apply({ limit: '20' }, PageQuery, 'query')).toEqual({ limit: 20 });
    expect(fieldsOf({ limit: '20' }, PageQuery).map(({ path }) => path)).toEqual(['limit']);
  });

  it.each([['0'], ['1001'], ['ten'], ['1e2'], [''], [['1', '2']]])('refuses a page of %p', (limit) => {
    expect(fieldsOf({ limit }, PageQuery, 'query').map(({ path }) => path)).toEqual(['limit']);
  });

  it('refuses unknown query parameters', () => {
    expect(fieldsOf({ page: '2' }, PageQuery, 'query')).toEqual([{ path: 'page', message: 'is not a known field' }]);
  });

  it('leaves out what a DTO does not know and says that it ignores, at any depth', () => {
    const body: unknown = JSON.parse('{"name":"Ann","extra":1,"toString":"x","part":{"on":true,"off":false}}');
    expect(apply(body, Tolerant)).toEqual({ name: 'Ann', part: { on: true } });
    expect(apply({ name: 'Ann', extra: '1' }, Tolerant, 'query')).toEqual({ name: 'Ann' });
    expect(fieldsOf({ name: '', extra: 1 }, Tolerant)).toEqual([{ path: 'name', message: 'must not be empty' }]);
  });

  it.each<[unknown, FieldError[]]>([
    [{ on: 1 }, [{ path: 'part.on', message: 'must be true or false' }]],
    [{}, [{ path: 'part.on', message: 'is required' }]],
    ['on', [{ path: 'part', message: 'must be a JSON object' }]],
    [[{ on: true }], [{ path: 'part', message: 'must be a JSON object' }]],
    [null, [{ path: 'part', message: 'must not be null' }]],
  ])('names what is wrong with %j as an object in a body', (part, fields) => {
    expect(fieldsOf({ name: 'Ann', part }, Tolerant)).toEqual(fields);
  });

  it('leaves alone what is no DTO', () => {
    expect(apply('01HZ', String, 'param')).toBe('01HZ');
    expect(apply({ a: 1 }, Object, 'body')).toEqual({ a: 1 });
  });
});
