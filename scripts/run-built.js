import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { ROOT, ensureBuilt } from './ensure-built.js';

// `node scripts/run-built.js apps/gateway/src/main` runs that program, built first if need be, with the rest of the words.
const [program, ...words] = process.argv.slice(2);
try {
  ensureBuilt();
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
const path = join(ROOT, 'dist', `${program}.js`);
process.argv = [process.argv[0], path, ...words];
await import(pathToFileURL(path).href);
