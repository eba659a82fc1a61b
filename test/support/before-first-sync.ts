import pg from 'pg';

/** Makes the database what it is before the groups of any session were read for the first time. */
export async function beforeFirstSync(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query('delete from groups');
    await client.query('update sessions set groups_synced_at = null');
  } finally {
    await client.end();
  }
}
