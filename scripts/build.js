import { build } from './ensure-built.js';

try {
  build();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
