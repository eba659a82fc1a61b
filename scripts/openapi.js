import { ensureBuilt } from './ensure-built.js';

try {
  ensureBuilt();
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
await import('../dist/apps/gateway/src/openapi-cli.js');
