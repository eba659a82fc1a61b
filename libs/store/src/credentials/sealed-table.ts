import type { Database, Statement } from '../database.js';
import type { CredentialPlace, SealedValue } from './credentials-cipher.js';

/** Rows are read and replaced so many at a time: some ten milliseconds each, so that nobody waits for long. */
const BATCH = 500;

/** The primary key of a row. */
type Position = readonly [unknown, unknown, unknown];

export interface SealedRow extends SealedValue {
  position: Position;
  place: CredentialPlace;
}

export interface SealedTableShape {
  table: string;
  /** What people call its rows. */
  name: string;
  /** The column of the sealed value. */
  value: string;
  /** The primary key: columns, and values that come before every row's. */
  key: readonly [SealedColumn, SealedColumn, SealedColumn];
  /** What the value of a row is sealed to. */
  placeOf(sessionId: string, position: Position): CredentialPlace;
}

interface SealedColumn {
  column: string;
  type: 'text' | 'bytea';
  lowest: unknown;
}

type RowTuple = [sessionId: string, a: unknown, b: unknown, c: unknown, keyId: string, value: Buffer];

/** A table whose rows hold one sealed value each, beside the id of the key that sealed it. */
export class SealedTable {
  readonly name: string;
  private readonly select: Statement;
  private readonly swap: Statement;
  private readonly countUnder: Statement;
  private readonly countOthers: Statement;

  constructor(
    private readonly database: Database,
    private readonly shape: SealedTableShape,
  ) {
    const { table, value, key } = shape;
    const columns = key.map(({ column }) => column).join(', ');
    const of = (alias: string): string => `(${key.map(({ column }) => `${alias}.${column}`).join(', ')})`;
    this.name = shape.name;
    this.select = {
      name: `sealed.${table}.select`,
      text: `select session_id, ${columns}, key_id, ${value} from ${table}
             where (${columns}) > ($1, $2, $3) and key_id <> $4 order by ${columns} limit ${BATCH}`,
    };
    // Rows that somebody else has locked are being written anew. To wait for them while holding others is how two
    // writers come to wait for each other.
    this.swap = {
      name: `sealed.${table}.swap`,
      text: `
        with unchanged as (
          select r.* from unnest(
            ${key.map(({ type }, n) => `$${n + 1}::${type}[]`).join(', ')}, $4::text[], $5::bytea[], $6::bytea[]
          ) as r (${columns}, read_key_id, read_value, new_value)
          join ${table} t on ${of('t')} = ${of('r')} and t.key_id = r.read_key_id and t.${value} = r.read_value
          for no key update of t skip locked
        )
        update ${table} t set key_id = $7, ${value} = u.new_value from unchanged u
        where ${of('t')} = ${of('u')} and t.key_id = u.read_key_id and t.${value} = u.read_value
        returning 1`,
    };
    this.countUnder = {
      name: `sealed.${table}.count-under`,
      text: `select count(*) as rows from ${table} where key_id = $1`,
    };
    this.countOthers = {
      name: `sealed.${table}.count-others`,
      // Outcomes that are still awaited have no key.
      text: `select count(*) as rows from ${table} where key_id is not null and key_id <> all ($1)`,
    };
  }

  /** Batches, in the order of the primary key, of the rows that another key than `keyId` has sealed. */
  async *sealedBesides(keyId: string): AsyncGenerator<SealedRow[]> {
    const [a, b, c] = this.shape.key;
    let last: Position = [a.lowest, b.lowest, c.lowest];
    for (;;) {
      const tuples = await this.database.tuples<RowTuple>(this.select, [...last, keyId]);
      const rows = tuples.map((tuple) => this.toRow(tuple));
      if (rows.length > 0) yield rows;
      const end = rows.at(-1);
      if (!end || rows.length < BATCH) return;
      last = end.position;
    }
  }

  /**
   * Puts `values`, sealed with `keyId`, in the place of what `rows` were read with: one statement. A row that was written
   * or removed since, or is at this moment, is left alone. Returns how many were replaced.
   */
  async replace(rows: readonly SealedRow[], keyId: string, values: readonly Buffer[]): Promise<number> {
    if (rows.length === 0) return 0;
    const parameters = [
      ...[0, 1, 2].map((n) => rows.map(({ position }) => position[n])),
      rows.map((row) => row.keyId),
      rows.map(({ value }) => value),
      values,
      keyId,
    ];
    return (await this.database.rows(this.swap, parameters)).length;
  }

  /** How many rows the key `keyId` has sealed. Reads the whole table. */
  async sealedWith(keyId: string): Promise<number> {
    const [count] = await this.database.rows<{ rows: number }>(this.countUnder, [keyId]);
    return count?.rows ?? 0;
  }

  /** How many rows a key that is none of `keyIds` has sealed. Reads the whole table. */
  async sealedWithout(keyIds: readonly string[]): Promise<number> {
    const [count] = await this.database.rows<{ rows: number }>(this.countOthers, [keyIds]);
    return count?.rows ?? 0;
  }

  private toRow([sessionId, a, b, c, keyId, value]: RowTuple): SealedRow {
    const position: Position = [a, b, c];
    return { position, place: this.shape.placeOf(sessionId, position), keyId, value };
  }
}
