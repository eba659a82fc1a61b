import pg from 'pg';

type Parser = (value: string) => unknown;

/**
 * How columns become values, for our own connections only. Our bigints are epoch milliseconds and small counters:
 * numbers hold them exactly, and pg's default of strings would be an error waiting in every comparison.
 */
export const COLUMN_TYPES = {
  getTypeParser(oid: number, format?: 'text' | 'binary'): Parser {
    if (oid === Number(pg.types.builtins.INT8) && format !== 'binary') return Number;
    return pg.types.getTypeParser(oid, format) as Parser;
  },
};
