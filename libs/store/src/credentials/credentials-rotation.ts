import { CredentialsUnreadableError } from '#whatsapp';
import { Injectable } from '@nestjs/common';
import { Database } from '../database.js';
import { ownerName } from './credential-place.js';
import { CredentialsCipher } from './credentials-cipher.js';
import { CredentialsKeyRing } from './credentials-key-ring.js';
import type { SealedRow, SealedTable } from './sealed-table.js';
import { sealedTables } from './sealed-tables.js';

/** A second look finds what was being written during the first; more finds only a gateway that has another key. */
const LOOKS = 3;

export interface RotationOptions {
  /** Ends it after the batch under way. */
  signal?: AbortSignal;
  /** After each batch: how many rows of the table `name` are re-encrypted so far. */
  onProgress?: (name: string, reencrypted: number) => void;
}

/** What became of one table; numbers of rows. */
export interface RotationReport {
  /** What people call its rows. */
  name: string;
  reencrypted: number;
  /** Under the current key before this began. */
  current: number;
  /** By whose they are, such as `session 01J…`: those that no configured key decrypts. They are left as they are. */
  unreadable: ReadonlyMap<string, number>;
  /** Readable, and under another key all the same: written meanwhile, or not reached. */
  remaining: number;
}

/** Moves what is stored from the previous key to the current one, while gateways run. */
@Injectable()
export class CredentialsRotation {
  private readonly cipher: CredentialsCipher;
  private readonly tables: SealedTable[];

  constructor(
    database: Database,
    private readonly keys: CredentialsKeyRing,
  ) {
    this.cipher = new CredentialsCipher(keys);
    this.tables = sealedTables(database);
  }

  /**
   * Re-encrypts whatever is not under the current key, one report for each table. Each batch is one statement, and a value
   * that was written meanwhile stays: it can be stopped at any time, and run again.
   */
  async run(options: RotationOptions = {}): Promise<RotationReport[]> {
    const reports: RotationReport[] = [];
    for (const table of this.tables) reports.push(await this.rotate(table, options));
    return reports;
  }

  /** How many values no configured key can decrypt. Reads all that is stored. */
  async countUnknown(): Promise<number> {
    const counts = await Promise.all(this.tables.map((table) => table.sealedWithout(this.keys.ids)));
    return counts.reduce((sum, count) => sum + count, 0);
  }

  private async rotate(table: SealedTable, options: RotationOptions): Promise<RotationReport> {
    const currentId = this.keys.current.id;
    const current = await table.sealedWith(currentId);
    const total = { reencrypted: 0 };
    for (let look = 1; ; look++) {
      const unreadable = await this.look(table, total, options);
      const left = await table.sealedWithout([currentId]);
      const remaining = Math.max(0, left - [...unreadable.values()].reduce((sum, rows) => sum + rows, 0));
      if (remaining > 0 && look < LOOKS && !options.signal?.aborted) continue;
      return { name: table.name, reencrypted: total.reencrypted, current, unreadable, remaining };
    }
  }

  private async look(
    table: SealedTable,
    total: { reencrypted: number },
    { signal, onProgress }: RotationOptions,
  ): Promise<Map<string, number>> {
    const { id: currentId } = this.keys.current;
    const unreadable = new Map<string, number>();
    for await (const rows of table.sealedBesides(currentId)) {
      if (signal?.aborted) break;
      const readable: SealedRow[] = [];
      const values: Buffer[] = [];
      for (const row of rows) {
        const value = this.reseal(row);
        if (value) {
          readable.push(row);
          values.push(value);
        } else {
          const owner = ownerName(row.place.owner);
          unreadable.set(owner, (unreadable.get(owner) ?? 0) + 1);
        }
      }
      total.reencrypted += await table.replace(readable, currentId, values);
      onProgress?.(table.name, total.reencrypted);
    }
    return unreadable;
  }

  private reseal(row: SealedRow): Buffer | undefined {
    try {
      return this.cipher.seal(row.place, this.cipher.open(row.place, row)).value;
    } catch (error) {
      if (error instanceof CredentialsUnreadableError) return undefined;
      throw error;
    }
  }
}
