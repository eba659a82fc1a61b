import type { Database, Statement } from '../database.js';
import type { CredentialPlace } from './credential-place.js';
import type { SealedValue } from './credentials-cipher.js';

/** Rows are read and replaced so many at a time: some ten milliseconds each, so that nobody waits for long. */
const BATCH = 500;

/** The primary key of a row. */
type Position = readonly unknown[];

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
  /** The column of the id of whose value it is. */
  owner: string;
  /** The primary key: columns, and values that come before every row's. */
  key: readonly SealedColumn[];
  /** What the value of a row is sealed to. */
  placeOf(owner: string, position: Position): CredentialPlace;
}

interface SealedColumn {
  column: string;
  type: 'text' | 'bytea';
  lowest: unknown;
}

type RowTuple = [owner: string, keyId: string, value: Buffer, ...position: unknown[]];

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
    const { table, value, owner, key } = shape;
    const columns = key.map(({ column }) => column).join(', ');
    const of = (alias: string): string => `(${key.map(({ column }) => `${alias}.${column}`).join(', ')})`;
    // Those of the key come after the others, however many they are.
    const keyParameters = (before: number): string[] => key.map((_, n) => `$${before + n + 1}`);
    this.name = shape.name;
    this.select = {
      name: `sealed.${table}.select`,
      text: `select ${owner}, key_id, ${value}, ${columns} from ${table}
             where key_id <> $1 and (${columns}) > (${keyParameters(1).join(', ')}) order by ${columns} limit ${BATCH}`,
    };
    const keys = keyParameters(4).map((parameter, n) => `${parameter}::${key[n]?.type}[]`);
    // Rows that somebody else has locked are being written anew. To wait for them while holding others is how two
    // writers come to wait for each other.
    this.swap = {
      name: `sealed.${table}.swap`,
      text: `
        with unchanged as (
          select r.* from unnest($2::text[], $3::bytea[], $4::bytea[], ${keys.join(', ')})
            as r (read_key_id, read_value, new_value, ${columns})
          join ${table} t on ${of('t')} = ${of('r')} and t.key_id = r.read_key_id and t.${value} = r.read_value
          for no key update of t skip locked
        )
        update ${table} t set key_id = $1, ${value} = u.new_value from unchanged u
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
    let last: Position = this.shape.key.map(({ lowest }) => lowest);
    for (;;) {
      const tuples = await this.database.tuples<RowTuple>(this.select, [keyId, ...last]);
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
      keyId,
      rows.map((row) => row.keyId),
      rows.map(({ value }) => value),
      values,
      ...this.shape.key.map((_, n) => rows.map(({ position }) => position[n])),
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

  private toRow([owner, keyId, value, ...position]: RowTuple): SealedRow {
    return { position, place: this.shape.placeOf(owner, position), keyId, value };
  }
}
