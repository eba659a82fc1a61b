import { rm } from 'node:fs/promises';

export default async function tearDown() {
  const { database, folder } = globalThis.testDatabase;
  await database.stop();
  await rm(folder, { recursive: true });
}
