import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { describeGateway } from './describe-gateway.js';
import { buildDocument } from './openapi.js';

const PATH = 'docs/openapi.json';

/** Writes the document of all routes to `docs/openapi.json`; with `--check` fails when the file there differs. */
async function main(): Promise<void> {
  const app = await describeGateway();
  const document = `${JSON.stringify(buildDocument(app, {}), null, 2)}\n`;
  await app.close();
  const path = resolve(PATH);
  if (!process.argv.includes('--check')) {
    await writeFile(path, document);
    process.stdout.write(`${PATH} written\n`);
  } else if ((await readFile(path, 'utf8')) !== document) {
    process.stderr.write(`${PATH} differs from the routes: run npm run openapi\n`);
    process.exitCode = 1;
  }
}

await main();
