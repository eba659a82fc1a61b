import pg from 'pg';

/** What a database remembers of requests that carried an idempotency key, and what time can do to it. */
export class IdempotencyRows {
  constructor(private readonly url: string) {}

  async count(): Promise<number> {
    const [row] = await this.query('select count(*)::int as count from idempotency_keys');
    return Number(row?.['count']);
  }

  /** As if nobody had been heard of for as long as an owner may be silent. */
  async passDeadlines(): Promise<void> {
    await this.query(`update idempotency_keys set deadline = 0 where state <> 'done'`);
  }

  /** As if a day had gone by. */
  async expire(): Promise<void> {
    await this.query('update idempotency_keys set expires_at = 0');
  }

  async forget(): Promise<void> {
    await this.query('delete from idempotency_keys');
  }

  /** All of the table, as bytes would show it. */
  async dump(): Promise<string> {
    const rows = await this.query(`select k::text, encode(outcome, 'escape') as plain from idempotency_keys k`);
    return JSON.stringify(rows);
  }

  private async query(text: string): Promise<Record<string, unknown>[]> {
    const client = new pg.Client({ connectionString: this.url });
    await client.connect();
    try {
      const { rows } = await client.query<Record<string, unknown>>(text);
      return rows;
    } finally {
      await client.end();
    }
  }
}
