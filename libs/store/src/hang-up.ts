import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';

/** `end` waits for the server's goodbye, which may never come. */
export async function hangUp(client: pg.Client): Promise<void> {
  await Promise.race([client.end(), sleep(1_000, undefined, { ref: false })]);
}
